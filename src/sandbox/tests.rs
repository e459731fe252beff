//! The real emulators, started from a run folder of the test's own.

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
