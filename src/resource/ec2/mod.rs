//! Virtual machines and what belongs to them.
pub mod account_profile;
pub mod disk;
pub mod elastic_ip;
pub mod id;
pub mod instance;
pub mod interface;
pub mod key_pair;
mod lookup;
mod machine;
pub mod network;
pub(super) mod permissions;
pub mod security_group;
pub mod tag;
pub mod tagged;
pub mod token;
pub mod volume;
mod volume_limits;
pub mod volume_type;
