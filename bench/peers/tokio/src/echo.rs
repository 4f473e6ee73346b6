//! A peer: an echo server on tokio's current-thread runtime. `echo BYTES`, the size of the messages.
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn serve(mut stream: TcpStream, size: usize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buf = vec![0u8; size];
    loop {
        let n = stream.read(&mut buf).await?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buf[..n]).await?;
    }
}

async fn accept_all(size: usize) -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let _ = serve(stream, size).await;
        });
    }
}

fn main() -> std::io::Result<()> {
    let size = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(0).max(1024);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(accept_all(size))
}
