//! The real emulators, started from a run folder of the test's own.

#[cfg(target_os = "linux")]
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::*;

fn nothing(_: Progress) {}

/// Calls S3 with the sandbox's key, but without a signature, which is not asked for.
fn http(method: &str, url: &str, running: &Running) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
    let authorization = running.key.authorization("s3");
    let response = match method {
        "PUT" => agent.put(url).header("Authorization", authorization).send_empty(),
        _ => agent.get(url).header("Authorization", authorization).call(),
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

/// Other users can't list the run folder or read the files directly in it.
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
    assert_eq!(http("PUT", &bucket, &running), 200);
    assert_eq!(http("GET", &bucket, &running), 200);
    sandbox.reset().await.unwrap();
    assert_eq!(http("GET", &bucket, &running), 404);

    // One emulator dies: the sandbox is not running, and starting it again replaces both, at the same ports and with the
    // same key, and says that what was in it is gone.
    assert_eq!(sandbox.trouble(&running).map(|error| error.to_string()), None);
    assert_eq!(sandbox.ended(), []);
    assert!(process::end(&sandbox.run, Emulator::Moto).await.unwrap());
    assert_eq!(sandbox.status().await.unwrap(), None);
    assert_eq!(sandbox.ended(), [Emulator::Moto]);
    let trouble = sandbox.trouble(&running);
    assert!(matches!(trouble, Some(Error::EmulatorGone { emulator: Emulator::Moto, .. })), "{trouble:?}");
    let (again, said) = start(&sandbox).await;
    assert_eq!(said, [Progress::Lost(Loss::Ended(vec![Emulator::Moto])), Progress::Starting]);
    assert_ne!(again.emulators, running.emulators);
    assert_eq!(again.environment(), running.environment());
    // Users of the previous one can't continue.
    assert!(matches!(sandbox.trouble(&running), Some(Error::EmulatorGone { .. })));

    assert!(sandbox.stop().await.unwrap());
    assert!(!sandbox.stop().await.unwrap());
    assert_eq!(sandbox.status().await.unwrap(), None);
    assert!(matches!(sandbox.trouble(&again), Some(Error::StoppedInUse)));

    // One that was stopped starts without a word of loss, at the same ports, with another key.
    let (third, said) = start(&sandbox).await;
    assert_eq!(said, [Progress::Starting]);
    assert_eq!(third.endpoint_of("ec2"), running.endpoint_of("ec2"));
    assert_ne!(third.key, running.key);
    assert_eq!(http("GET", &bucket, &running), 403);
    assert_eq!(http("GET", &bucket, &third), 404);

    // All of them die, as when the computer is switched off.
    for emulator in Emulator::ALL {
        assert!(process::end(&sandbox.run, emulator).await.unwrap());
    }
    let (fourth, said) = start(&sandbox).await;
    assert_eq!(said, [Progress::Lost(Loss::Ended(Emulator::ALL.to_vec())), Progress::Starting]);

    // Another version of cloud101 finds it running.
    sandbox.run.write(&Running { pins: "other".to_owned(), ..fourth }).unwrap();
    let (_, said) = start(&sandbox).await;
    assert_eq!(said, [Progress::Lost(Loss::OtherVersion), Progress::Starting]);
    sandbox.stop().await.unwrap();
}

/// Starts it, and what was said meanwhile.
///
/// Without [`Progress::Waiting`]: until it runs its own program, a process that another test has just forked holds the lock too.
async fn start(sandbox: &Sandbox) -> (Running, Vec<Progress>) {
    let said = std::sync::Mutex::new(Vec::new());
    let running = sandbox.start(&|progress| said.lock().unwrap().push(progress)).await.unwrap();
    let mut said = said.into_inner().unwrap();
    said.retain(|progress| *progress != Progress::Waiting);
    (running, said)
}

/// What is installed, as Python itself sees it, and which of the file's markers hold there.
const INSTALLED: &str = r"
import importlib.metadata, json, platform, sys

class Version(str):
    def number(text):
        return [int(part) for part in text.split('.')]
    def __lt__(self, other):
        return Version.number(self) < Version.number(other)
    def __ge__(self, other):
        return not self < other

names = {
    'python_full_version': Version(platform.python_version()),
    'platform_python_implementation': platform.python_implementation(),
    'implementation_name': sys.implementation.name,
    'sys_platform': sys.platform,
}
found = importlib.metadata.distributions(path=sys.argv[2:] or sys.path)
print(json.dumps([
    [bool(eval(marker or 'True', {}, names)) for marker in json.loads(sys.argv[1])],
    [one.metadata['Name'] + '==' + one.version for one in found],
]))
";

/// What the sandbox runs is what the file names, nothing more and nothing less, in these versions.
#[tokio::test]
async fn what_is_installed_is_what_is_pinned() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::at(folder.path().to_owned()).unwrap();
    let installed = install::ensure(&sandbox.cache, &nothing).await.unwrap();
    let requirements = install::tests::requirements();
    let markers: Vec<_> = requirements.iter().map(|one| &one.marker).collect();
    let mut python = std::process::Command::new(&installed.python);
    python.args(["-c", INSTALLED, &serde_json::to_string(&markers).unwrap()]).args(&installed.packages);
    let output = python.output().unwrap();
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{failed}");
    let (applies, found): (Vec<bool>, Vec<String>) = serde_json::from_slice(&output.stdout).unwrap();

    // `-`, `_` and `.` are the same in a name, and letters may be small or large.
    let normal = |pin: &str| {
        let (name, version) = pin.split_once("==").unwrap();
        format!("{}=={version}", name.to_lowercase().replace(['_', '.'], "-"))
    };
    let wanted = requirements.iter().zip(applies).filter(|(_, applies)| *applies).map(|(one, _)| normal(&one.pin));
    let mut wanted: Vec<_> = wanted.collect();
    // Python's own: `python3 -m venv` unpacks them from where Python lies.
    let mut found: Vec<_> = found.iter().map(|pin| normal(pin)).collect();
    found.retain(|pin| !["pip==", "setuptools=="].iter().any(|own| pin.starts_with(own)));
    wanted.sort();
    found.sort();
    assert!(wanted.len() > 30, "{wanted:?}");
    assert_eq!(found, wanted);
}

/// A package that is on no index: the smallest that pip takes.
fn wheel(path: &Path) {
    use std::io::Write as _;
    let mut wheel = zip::ZipWriter::new(File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("harmless.py", ""),
        ("harmless-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: harmless\nVersion: 1\n"),
        ("harmless-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        ("harmless-1.dist-info/RECORD", ""),
    ] {
        wheel.start_file(name, options).unwrap();
        wheel.write_all(text.as_bytes()).unwrap();
    }
    wheel.finish().unwrap();
}

/// pip looks at the hashes: with a wrong one, or none, nothing is installed.
#[tokio::test]
async fn a_file_with_another_hash_is_not_installed() {
    use sha2::Digest as _;
    let folder = tempfile::tempdir().unwrap();
    let python = python::find().await.unwrap();
    let (log, target) = (folder.path().join("install.log"), folder.path().join("packages"));
    let (file, requirements) =
        (folder.path().join("harmless-1-py3-none-any.whl"), folder.path().join("requirements.txt"));
    wheel(&file);
    let right: String =
        sha2::Sha256::digest(fs::read(&file).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    for (hash, installs) in [(String::new(), false), (format!("{:064}", 0), false), (right, true)] {
        fs::write(&log, "").unwrap();
        let option = if hash.is_empty() { String::new() } else { format!(" --hash=sha256:{hash}") };
        fs::write(&requirements, format!("harmless @ file://{}{option}\n", file.display())).unwrap();
        match install::with_pip(&python, &target, &requirements, &log).await {
            Ok(()) => assert!(installs, "{hash}"),
            Err(Error::InstallFailed { tail, .. }) => {
                assert!(!installs && tail.to_lowercase().contains("hash"), "{tail}")
            }
            Err(other) => panic!("{other}"),
        }
        assert_eq!(target.join("harmless.py").exists(), installs, "{hash}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_taken_meanwhile_is_distinguished_from_other_failures() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::at(folder.path().to_owned()).unwrap();
    let installed = install::ensure(&sandbox.cache, &nothing).await.unwrap();
    files::create_folder(&sandbox.run.scratch()).unwrap();
    let ports = process::choose_ports(&[]).unwrap();
    let key = AccessKey::random().unwrap();
    let taken: Vec<_> =
        ports.iter().map(|(_, port)| std::net::TcpListener::bind(("127.0.0.1", *port)).unwrap()).collect();
    for emulator in Emulator::ALL {
        let mut launched = process::launch(&sandbox.run, &installed, emulator, &ports, &key, Life::Tied).unwrap();
        assert!(matches!(launched.healthy(&sandbox.run, &installed).await, Err(Failure::PortTaken)), "{emulator}");
    }
    drop(taken);

    let broken = Installed { launcher: folder.path().join("absent.py"), ..installed };
    let mut launched = process::launch(&sandbox.run, &broken, Emulator::Moto, &ports, &key, Life::Tied).unwrap();
    let failure = launched.healthy(&sandbox.run, &broken).await;
    assert!(matches!(failure, Err(Failure::Other(Error::EmulatorEnded { tail, .. })) if tail.contains("absent.py")));
}
