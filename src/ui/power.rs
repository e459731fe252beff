//! Instances that are started and stopped.

use std::time::Duration;

use crate::operate::power::Machine;
use crate::resource::ec2::instance::State;

use super::json::{Event, seconds};
use super::paint::Paint;
use super::terminal::clean;

/// A line for each that is to be started or stopped.
pub fn before(to: State, machines: &[Machine], paint: Paint) -> String {
    let (symbol, verb) = match to {
        State::Stopped => (paint.yellow("-"), "stop"),
        State::Running => (paint.green("+"), "start"),
    };
    let width = machines.iter().map(|machine| machine.address.to_string().chars().count()).max().unwrap_or_default();
    let line = |machine: &Machine| {
        let Machine { address, id, instance_type, state, .. } = machine;
        let address = clean(&address.to_string());
        let rest = format!("{}  {}  {}", clean(id), clean(instance_type), clean(state));
        format!("  {symbol} {verb} {}  {}\n", paint.bold(&format!("{address:width$}")), paint.dim(&rest))
    };
    machines.iter().map(line).collect()
}

/// That it is done: `✓ instance: stopped in 12.3s`
pub fn after(machine: &Machine, took: Duration, paint: Paint) -> String {
    let Machine { address, state, public_ip, .. } = machine;
    let ip = public_ip.as_ref().map(|ip| format!("  public address {}", clean(ip))).unwrap_or_default();
    let address = clean(&address.to_string());
    format!("{} {address}: {} in {:.1}s{ip}\n", paint.green("✓"), clean(state), took.as_secs_f64())
}

/// The same for programs.
pub fn event(machine: &Machine, took: Duration) -> Event<'static> {
    let Machine { address, id, state, public_ip, .. } = machine.clone();
    Event::Instance { address: address.to_string(), id, state, public_ip, seconds: seconds(took) }
}
