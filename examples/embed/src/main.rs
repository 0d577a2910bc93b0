//! Serves the application on <http://127.0.0.1:5001>, with its data in `./shop`.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all("shop")?;
    let (desk, worker) = tickmate_embed::desk("shop".as_ref()).await?;
    tokio::spawn(worker.run(std::future::pending()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:5001").await?;
    Ok(axum::serve(listener, tickmate_embed::app(desk)).await?)
}
