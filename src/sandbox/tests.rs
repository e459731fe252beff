//! The real emulators, started from a run folder of the test's own.

#[cfg(target_os = "linux")]
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::*;

fn nothing(_: Progress) {}

/// Calls a service without a signature, which the emulators don't ask for.
fn http(method: &str, url: String) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
    let response = match method {
        "PUT" => agent.put(&url).send_empty(),
        _ => agent.get(&url).call(),
    };
    response.unwrap().status().as_u16()
}

/// The addresses at which a process waits for others, according to the kernel.
#[cfg(target_os = "linux")]
fn listening(pid: u32) -> Vec<SocketAddr> {
    let sockets: Vec<_> = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok()?.to_str().map(str::to_owned))
        .collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        // Local address, remote address, state (0A: listening), …, inode; an address in words of the processor's order.
        let Ok(text) = fs::read_to_string(format!("/proc/{pid}/net/{table}")) else { continue };
        for line in text.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            if fields[3] != "0A" || !sockets.contains(&format!("socket:[{}]", fields[9])) {
                continue;
            }
            let (address, port) = fields[1].split_once(':').unwrap();
            let words = (0..address.len()).step_by(8).map(|at| u32::from_str_radix(&address[at..at + 8], 16).unwrap());
            let bytes: Vec<u8> = words.flat_map(u32::to_ne_bytes).collect();
            let address = match <[u8; 4]>::try_from(bytes.as_slice()) {
                Ok(bytes) => IpAddr::from(bytes),
                Err(_) => IpAddr::from(<[u8; 16]>::try_from(bytes.as_slice()).unwrap()),
            };
            found.push(SocketAddr::new(address, u16::from_str_radix(port, 16).unwrap()));
        }
    }
    found
}

#[cfg(target_os = "linux")]
#[test]
fn who_listens_to_all_the_world_is_seen() {
    let world = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let home = std::net::TcpListener::bind("[::1]:0").unwrap();
    let heard = listening(std::process::id());
    assert!(heard.contains(&world.local_addr().unwrap()) && heard.contains(&home.local_addr().unwrap()), "{heard:?}");
}

/// Nobody else can look into the run folder, or read what is directly in it.
#[cfg(unix)]
fn assert_private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let run = folder.join("run");
    let inside = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().path());
    let paths: Vec<_> = inside.chain([run.clone()]).collect();
    assert!(paths.len() > 5, "{paths:?}");
    for path in paths {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_others_can_write_to_is_not_run() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (cache, run) = (folder.path().join("cache"), folder.path().join("run"));
    let base = cache.join(format!("emulators-{}", install::pins()));
    for (opened, path) in [("cache", &cache), ("base", &base), ("run", &run)] {
        for path in [&cache, &base, &run] {
            fs::create_dir_all(path).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        let sandbox = Sandbox::at(run.clone()).unwrap().with_cache(&cache).unwrap();
        let started = sandbox.start(&|progress| panic!("{opened}: {progress:?}")).await;
        assert!(matches!(started, Err(Error::Unsafe { path: refused, .. }) if refused == *path), "{opened}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_once_resets_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::at(folder.path().join("run")).unwrap();
    assert_eq!(sandbox.status().await.unwrap(), None);
    assert!(!sandbox.stop().await.unwrap());
    assert!(matches!(sandbox.reset().await, Err(Error::NotRunning)));

    let (first, second) = tokio::join!(sandbox.start(&nothing), sandbox.start(&nothing));
    let running = first.unwrap();
    assert_eq!(second.unwrap(), running);
    assert_eq!(sandbox.status().await.unwrap().as_ref(), Some(&running));
    assert_eq!(running.emulators.len(), Emulator::ALL.len());
    #[cfg(target_os = "linux")]
    for emulator in &running.emulators {
        let heard = listening(emulator.pid);
        let port = emulator.port;
        assert!(heard.iter().any(|address| *address == (Ipv4Addr::LOCALHOST, port).into()), "{heard:?}");
        assert!(heard.iter().all(|address| address.ip().is_loopback()), "{heard:?}");
    }
    #[cfg(unix)]
    assert_private(folder.path());

    let bucket = format!("{}/cloud101-sandbox-test", running.endpoint_of("s3"));
    assert_eq!(http("PUT", bucket.clone()), 200);
    assert_eq!(http("GET", bucket.clone()), 200);
    sandbox.reset().await.unwrap();
    assert_eq!(http("GET", bucket), 404);

    // One emulator dies: the sandbox is not running, and starting it again replaces both, at the same ports.
    assert!(process::end(&sandbox.run, Emulator::Moto).await.unwrap());
    assert_eq!(sandbox.status().await.unwrap(), None);
    let again = sandbox.start(&nothing).await.unwrap();
    assert_ne!(again.emulators, running.emulators);
    assert_eq!(again.environment(), running.environment());

    assert!(sandbox.stop().await.unwrap());
    assert!(!sandbox.stop().await.unwrap());
    assert_eq!(sandbox.status().await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_taken_meanwhile_is_told_from_other_failures() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::at(folder.path().to_owned()).unwrap();
    let installed = install::ensure(&sandbox.cache, &nothing).await.unwrap();
    files::create_folder(&sandbox.run.scratch()).unwrap();
    let ports = process::choose_ports(&[]).unwrap();
    let taken: Vec<_> =
        ports.iter().map(|(_, port)| std::net::TcpListener::bind(("127.0.0.1", *port)).unwrap()).collect();
    for emulator in Emulator::ALL {
        let mut launched = process::launch(&sandbox.run, &installed, emulator, &ports, Life::Tied).unwrap();
        assert!(matches!(launched.healthy(&sandbox.run, &installed).await, Err(Failure::PortTaken)), "{emulator}");
    }
    drop(taken);

    let broken = Installed { launcher: folder.path().join("absent.py"), ..installed };
    let mut launched = process::launch(&sandbox.run, &broken, Emulator::Moto, &ports, Life::Tied).unwrap();
    let failure = launched.healthy(&sandbox.run, &broken).await;
    assert!(matches!(failure, Err(Failure::Other(Error::EmulatorEnded { tail, .. })) if tail.contains("absent.py")));
}
