//! A peer: tasks, hand-overs, timers and blocking jobs on tokio's current-thread runtime. `tasks WHAT N` does WHAT N times and
//! prints wall and CPU seconds.
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch, Mutex, Notify, Semaphore};
use tokio::task::yield_now;

fn cpu() -> f64 {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) as f64
        + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) as f64 * 1e-6
}

fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .filter(|l| l.starts_with("VmRSS:") || l.starts_with("VmPTE:"))
        .filter_map(|l| l.split_whitespace().nth(1)?.parse::<f64>().ok())
        .sum()
}

async fn yields(tasks: usize, n: usize) {
    let rounds = n / tasks;
    let all: Vec<_> = (0..tasks)
        .map(|_| {
            tokio::spawn(async move {
                for _ in 0..rounds {
                    yield_now().await
                }
            })
        })
        .collect();
    for task in all {
        task.await.unwrap()
    }
}

async fn spawn(n: usize) {
    for _ in 0..n {
        tokio::spawn(async {}).await.unwrap()
    }
}

async fn event(n: usize) {
    let (ping, pong) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (his_ping, his_pong) = (ping.clone(), pong.clone());
    let partner = tokio::spawn(async move {
        for _ in 0..n / 2 {
            his_ping.notified().await;
            his_pong.notify_one();
        }
    });
    for _ in 0..n / 2 {
        ping.notify_one();
        pong.notified().await;
    }
    partner.await.unwrap()
}

async fn semaphore(n: usize) {
    let (full, empty) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (his_full, his_empty) = (full.clone(), empty.clone());
    let partner = tokio::spawn(async move {
        for _ in 0..n / 2 {
            his_full.acquire().await.unwrap().forget();
            his_empty.add_permits(1);
        }
    });
    for _ in 0..n / 2 {
        full.add_permits(1);
        empty.acquire().await.unwrap().forget();
    }
    partner.await.unwrap()
}

async fn lock_rounds(held: Arc<Mutex<()>>, n: usize) {
    for _ in 0..n {
        let _guard = held.lock().await;
        yield_now().await;
    }
}

async fn lock(n: usize) {
    let held = Arc::new(Mutex::new(()));
    let partner = tokio::spawn(lock_rounds(held.clone(), n / 2));
    let me = tokio::spawn(lock_rounds(held, n / 2));
    me.await.unwrap();
    partner.await.unwrap()
}

async fn queue(n: usize) {
    let (sender, mut receiver) = mpsc::channel(1);
    let partner = tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    for i in 0..n {
        sender.send(i).await.unwrap()
    }
    drop(sender);
    partner.await.unwrap()
}

/// n timers over one second, at the delays that every contender has: a task that sleeps, which is what a timer is in tokio.
async fn timers(n: usize) {
    let start = tokio::time::Instant::now();
    let mut state = 88172645463325252u64;
    let all: Vec<_> = (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let delay = (state >> 11) as f64 / (1u64 << 53) as f64;
            tokio::spawn(tokio::time::sleep_until(start + Duration::from_secs_f64(delay)))
        })
        .collect();
    for task in all {
        task.await.unwrap()
    }
}

async fn thread(n: usize) {
    for _ in 0..n {
        tokio::task::spawn_blocking(|| {}).await.unwrap()
    }
}

async fn parked(n: usize) {
    let before = resident();
    let (stop, stopped) = watch::channel(false);
    let mut all = Vec::with_capacity(n);
    for _ in 0..n {
        let mut stopped = stopped.clone();
        all.push(tokio::spawn(async move { stopped.changed().await.is_ok() }));
    }
    let (ran, over) = oneshot::channel();
    tokio::spawn(async move { ran.send(()) });
    let _ = over.await;
    println!("{{\"kib\": {}}}", resident() - before);
    let _ = stop.send(true);
    for task in all {
        task.await.unwrap();
    }
}

async fn perform(what: &str, n: usize) {
    match what {
        "yield, 2 tasks" => yields(2, n).await,
        "yield, 1,000 tasks" => yields(1000, n).await,
        "yield, 10,000 tasks" => yields(10000, n).await,
        "start and join a task" => spawn(n).await,
        "event" => event(n).await,
        "semaphore" => semaphore(n).await,
        "lock and yield" => lock(n).await,
        "queue of one place" => queue(n).await,
        "timer, grain of 1 ms" => timers(n).await,
        "thread" => thread(n).await,
        "parked" => parked(n).await,
        _ => std::process::exit(77),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let n = match (arguments.len(), arguments.last().and_then(|n| n.parse().ok())) {
        (3, Some(n)) => n,
        _ => std::process::exit(2),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (wall, used) = (Instant::now(), cpu());
    let what = arguments[1].clone();
    // in a task of its own: what block_on runs itself is polled apart from the tasks, and slower
    runtime.block_on(async move { tokio::spawn(async move { perform(&what, n).await }).await.unwrap() });
    println!("{{\"wall\": {:.9}, \"cpu\": {:.9}}}", wall.elapsed().as_secs_f64(), cpu() - used);
}
