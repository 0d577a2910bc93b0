//! Serving: the API and the desk's work in one process, until somebody says stop.

mod router;
mod shutdown;

use std::{future::IntoFuture, net::SocketAddr, process::ExitCode, time::Duration};

use axum::Router;
use tickmate::http::ServeLimits;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

pub(crate) use self::shutdown::{Stop, stop_on_signals};
use crate::{
    check_config::{mails, readers},
    cli::ServeArgs,
    demo,
    failure::Failure,
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
/// One line on what keeps it from starting.
pub(crate) async fn serve(settings: &Settings, args: ServeArgs) -> Result<ExitCode, Failure> {
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let listener = listen(settings.listen.value).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::because("can't listen", &error))?;
    prepare_mail(settings).await?;
    let app = App::open(settings, settings.app_url(address.port())).await?;
    tracing::info!("tickets are read by {}", readers(&settings.models));
    let stop = stop_on_signals()?;
    let worker = spawn_worker(&app, &stop)?;
    let router = router::router(&app.desk, settings.metrics_token.clone());
    let server = spawn_server(listener, router, router::is_https(&app.desk), &stop);
    print::line(format_args!("TickMate listens on {}", url(address)));
    print::line(format_args!(
        "  data   {}",
        settings.database.value.display()
    ));
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

/// Starts the desk's own work.
///
/// # Errors
/// Where the settings of the worker don't fit together.
fn spawn_worker(app: &App, stop: &Stop) -> Result<JoinHandle<()>, Failure> {
    let stop = stop.clone();
    Ok(tokio::spawn(
        app.worker()?.run(async move { stop.stopped().await }),
    ))
}

/// Starts to serve requests.
fn spawn_server(
    listener: TcpListener,
    router: Router,
    is_https: bool,
    stop: &Stop,
) -> JoinHandle<()> {
    let stop = stop.clone();
    let served = tickmate::http::serve(listener, router, ServeLimits::default())
        .behind_https(is_https)
        .with_graceful_shutdown(async move { stop.stopped().await });
    tokio::spawn(served.into_future())
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

/// Waits for both to end. Neither may end before it is told to.
async fn watched(worker: JoinHandle<()>, server: JoinHandle<()>) -> Result<(), Failure> {
    let worker = async {
        let ended = worker.await;
        ended.map_err(|error| Failure::because("the worker failed", &error))
    };
    let server = async {
        let ended = server.await;
        ended.map_err(|error| Failure::because("the server failed", &error))
    };
    tokio::try_join!(worker, server).map(|_| ())
}

async fn overdue(stop: &Stop) {
    stop.stopped().await;
    tracing::info!("stopping: what was begun is ended first");
    let never = timeout(LONGEST_END, std::future::pending::<()>()).await;
    debug_assert!(never.is_err());
}

async fn offer_first_admin(app: &App, address: SocketAddr) -> Result<(), Failure> {
    let code = app.desk.auth().first_admin_code().await;
    let code = code.map_err(|error| Failure::because("no code for the first admin", &error))?;
    let Some(code) = code else {
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

/// How the server is reached from its own machine.
fn url(address: SocketAddr) -> String {
    let host = match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => "127.0.0.1".to_owned(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => "[::1]".to_owned(),
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    };
    format!("http://{host}:{}", address.port())
}
