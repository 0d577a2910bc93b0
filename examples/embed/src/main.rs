//! Serves the application on <http://127.0.0.1:5001>, with its data in `./shop`.

use std::path::Path;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all("shop")?;
    let (desk, worker) = tickmate_embed::desk(Path::new("shop")).await?;
    let worker = tokio::spawn(worker.run(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:5001").await?;
    tokio::select! {
        served = axum::serve(listener, tickmate_embed::app(desk)) => served?,
        ended = worker => ended?,
    }
    Ok(())
}
