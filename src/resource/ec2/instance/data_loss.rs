//! What a change or a deletion of an instance takes away for good.

use super::spec::{Spec, State, Volume};

/// What is on the disks that AWS deletes, because they are not in `desired` or, with `None`, because the instance goes;
/// and what it is running, where a change stops it.
pub fn data_loss(live: &Spec, target: Option<&Spec>) -> Option<String> {
    let stays = |volume: &Volume| volume.delete_with_instance == Some(false);
    let of = |spec: &Spec| spec.volumes.clone();
    let own = of(live).unwrap_or_default().into_iter().filter(|volume| !stays(volume));
    let Some(target) = target else {
        let others: String = own.map(|volume| format!(" and on {}", volume.device)).collect();
        return Some(format!("the data on its root volume{others}"));
    };
    let is_off = |spec: &Spec| spec.state == Some(State::Stopped);
    let stops = !is_off(live) && !is_off(target) && live.instance_type != target.instance_type;
    let running = "everything running on it (it is stopped and restarted, usually with a new public address)";
    let gone: Vec<_> = of(target).map_or_else(Vec::new, |kept| {
        own.map(|volume| volume.device).filter(|device| kept.iter().all(|other| other.device != *device)).collect()
    });
    let disks = (!gone.is_empty()).then(|| format!("the data on {}", gone.join(" and ")));
    let lost: Vec<_> = disks.into_iter().chain(stops.then(|| running.to_owned())).collect();
    (!lost.is_empty()).then(|| lost.join(" and "))
}

/// The attributes to which AWS assigns new values: those that hang on whether it runs, if it is started, stopped, or
/// both.
pub fn renews(live: &Spec, target: &Spec) -> &'static [&'static str] {
    let is_off = live.state == Some(State::Stopped);
    let turns = target.state.is_some() && target.state != live.state;
    let restarts = !is_off && live.instance_type != target.instance_type;
    if turns || restarts { &["public_ip", "public_dns", "state"] } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::super::spec::spec;
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_on_a_disk_that_goes_is_lost() {
        let disk = |device: &str, with: bool| json!({ "device": device, "size_gib": 5, "delete_with_instance": with });
        let live =
            spec(json!({ "volumes": [disk("/dev/sdf", true), disk("/dev/sdg", true), disk("/dev/sdh", false)] }));
        let whole = data_loss(&live, None);
        assert_eq!(whole.as_deref(), Some("the data on its root volume and on /dev/sdf and on /dev/sdg"));
        let update = |volumes: serde_json::Value| data_loss(&live, Some(&spec(json!({ "volumes": volumes }))));
        assert_eq!(update(json!([disk("/dev/sdg", true)])).as_deref(), Some("the data on /dev/sdf"));
        assert_eq!(update(json!([])).as_deref(), Some("the data on /dev/sdf and /dev/sdg"));
        assert_eq!(data_loss(&live, Some(&spec(json!({})))), None, "of disks nothing is said");
        let larger = data_loss(&live, Some(&spec(json!({ "instance_type": "t3.small" }))));
        assert!(larger.is_some_and(|lost| lost.starts_with("everything running on it")));
    }
}
