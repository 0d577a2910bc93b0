//! Serves the API and runs the desk's jobs in one process, until a signal stops it.

mod router;
mod shutdown;

use std::{
    future::IntoFuture,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use tickmate::http::ServeLimits;
use tokio::{
    net::TcpListener,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

pub(crate) use self::shutdown::stop_on_signals;
use crate::{
    check_config::{mails, readers},
    cli::ServeArgs,
    demo,
    failure::{Context, Failure},
    print,
    settings::Settings,
    wire::{App, prepare_mail},
};

/// How long requests and jobs may take to end. Docker kills after 10 seconds: with the database, and what is left of
/// threads, it is 9 at the most.
const LONGEST_END: Duration = Duration::from_secs(7);
/// How long the database may take to close.
const LONGEST_CLOSE: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT: then no request and no job is begun, those that were begun end, and the database
/// is closed. A second signal ends the process at once.
///
/// # Errors
/// The server can't start, or worker, server or database fail.
pub(crate) async fn serve(settings: &Settings, args: ServeArgs) -> Result<ExitCode, Failure> {
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let listener = listen(settings.listen.value).await?;
    let address = listener.local_addr().context("can't listen")?;
    prepare_mail(settings).await?;
    let app = App::open(settings, settings.app_url(address.port())).await?;
    tracing::info!("tickets are read by {}", readers(&settings.models));
    let stop = stop_on_signals()?;
    let worker = tokio::spawn(app.worker()?.run(stop.clone().cancelled_owned()));
    let router = router::router(&app.desk, settings.metrics_token.clone());
    let server = tickmate::http::serve(listener, router, ServeLimits::default())
        .behind_https(router::is_https(&app.desk))
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    let server = tokio::spawn(server.into_future());
    print::line(format_args!("TickMate listens on {}", url(address)));
    let path = settings.database.value.display();
    print::line(format_args!("  data   {path}"));
    print::line(format_args!("  mails  {}", mails(&settings.mail.value)));
    if args.demo {
        demo::show(&app, &stop).await?;
    }
    offer_first_admin(&app, address).await?;

    let ended = tokio::select! {
        ended = watched(worker, server) => ended,
        () = overdue(&stop) => {
            tracing::warn!("something takes too long to end and is given up; nothing is lost by that");
            Ok(())
        }
    };
    let closed = timeout(LONGEST_CLOSE, app.close()).await;
    let closed = closed.unwrap_or_else(|_| {
        tracing::warn!(
            "the database takes too long to close and is left as it is; nothing is lost by that"
        );
        Ok(())
    });
    ended.and(closed)?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::AddrInUse => "somebody else listens there; set PORT to another one",
            std::io::ErrorKind::AddrNotAvailable => "HOST is no address of this machine",
            std::io::ErrorKind::PermissionDenied => "PORT may not be used by this user",
            _ => return Failure::because(format_args!("can't listen on {address}"), &error),
        };
        Failure::new(format!("can't listen on {address}: {why}"))
    })
}

/// Waits until both have ended. Neither may end before the process is to stop.
async fn watched(worker: JoinHandle<()>, server: JoinHandle<()>) -> Result<(), Failure> {
    let worker = async { worker.await.context("the worker failed") };
    let server = async { server.await.context("the server failed") };
    tokio::try_join!(worker, server).map(|_| ())
}

/// Waits until the process is to stop, and then for as long as requests and jobs may take to end.
async fn overdue(stop: &CancellationToken) {
    stop.cancelled().await;
    tracing::info!("stopping: what was begun is ended first");
    sleep(LONGEST_END).await;
}

async fn offer_first_admin(app: &App, address: SocketAddr) -> Result<(), Failure> {
    let code = app.desk.auth().first_admin_code().await;
    let Some(code) = code.context("no code for the first admin")? else {
        return Ok(());
    };
    print::line(format_args!(
        "\nThere is no admin yet. This code makes the first one, until the next start: {code}\n\n  \
         curl {}/api/auth/first-admin -H 'Content-Type: application/json' \\\n    \
         -d '{{\"code\":\"{code}\",\"email\":\"you@example.org\",\"password\":\"...\"}}'\n",
        url(address)
    ));
    Ok(())
}

/// Returns the URL at which the server is reached from its own machine.
fn url(mut address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    format!("http://{address}")
}
