//! How large and how fast a disk of each type can be (API: CreateVolume), and what is wrong with one that is not.

use crate::explain::Code;
use crate::resource::Diagnostic;

use super::volume_type::VolumeType;

/// What AWS allows of a type.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// GiB, the least and the most.
    size: (i32, i32),
    /// Operations a second, the least and the most; `None`: they can't be chosen.
    iops: Option<(i32, i32)>,
    /// The most operations a second for each GiB.
    iops_per_gib: i32,
    /// MiB a second, the least and the most; `None`: it can't be chosen.
    throughput: Option<(i32, i32)>,
}

/// What a gp3 disk does without being asked, whatever its size, and what `throughput` is measured by.
const GP3_IOPS: i32 = 3_000;
/// How many operations a second a gp3 disk has for each MiB a second, at least.
const IOPS_PER_MIB: i32 = 4;

const fn limits(sort: VolumeType) -> Limits {
    let (size, iops, iops_per_gib, throughput) = match sort {
        VolumeType::Gp2 => ((1, 16_384), None, 0, None),
        VolumeType::Gp3 => ((1, 65_536), Some((GP3_IOPS, 80_000)), 500, Some((125, 2_000))),
        VolumeType::Io1 => ((4, 16_384), Some((100, 64_000)), 50, None),
        VolumeType::Io2 => ((4, 65_536), Some((100, 256_000)), 1_000, None),
        VolumeType::St1 | VolumeType::Sc1 => ((125, 16_384), None, 0, None),
        VolumeType::Standard => ((1, 1_024), None, 0, None),
    };
    Limits { size, iops, iops_per_gib, throughput }
}

/// What a file says of a disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said {
    /// Its type; `None`: the image's.
    pub sort: Option<VolumeType>,
    /// Its size in GiB, if that is known.
    pub size: Option<i32>,
    /// Operations a second.
    pub iops: Option<i32>,
    /// MiB a second.
    pub throughput: Option<i32>,
}

/// Everything wrong with the disk at `path`; an empty one is the resource itself.
pub fn check(path: &str, said: Said) -> Vec<Diagnostic> {
    let at = |property: &str| if path.is_empty() { property.to_owned() } else { format!("{path}.{property}") };
    let mut diagnostics = Vec::new();
    let mut complain = |code, property: &str, message: String, hint: String| {
        diagnostics.push(Diagnostic::new(code, at(property), message).help(hint));
    };
    // What is a resource of its own has a `type` already.
    let sort_key = if path.is_empty() { "volume_type" } else { "type" };
    // An image's disk is mostly a gp3.
    let sort = said.sort.unwrap_or(VolumeType::Gp3);
    let (name, limits) = (sort.as_str(), limits(sort));
    let a = if name.starts_with(['i', 's']) && name.len() == 3 { "an" } else { "a" };
    let (least, most) = limits.size;
    if let Some(size) = said.size.filter(|size| !(least..=most).contains(size)) {
        let nearest = size.clamp(least.max(8).min(most), most);
        let message = format!("{a} {name} disk has {least} to {most} GiB");
        complain(Code::OutOfRange, "size_gib", message, format!("for example `size_gib: {nearest}`"));
    }
    match (said.iops, limits.iops) {
        (None, _) => {}
        (Some(_), None) => complain(
            Code::DoesNotApply,
            "iops",
            format!("{a} {name} disk's IOPS can't be set"),
            format!("remove it, or use `{sort_key}: gp3`"),
        ),
        (Some(iops), Some((least, most))) if !(least..=most).contains(&iops) => complain(
            Code::OutOfRange,
            "iops",
            format!("{a} {name} disk supports {least} to {most} operations per second"),
            format!("for example `iops: {}`", iops.clamp(least, most)),
        ),
        (Some(iops), Some((least, _))) => {
            let per_gib = limits.iops_per_gib;
            let at_most = said.size.map(|size| size.saturating_mul(per_gib).max(least));
            if let (Some(size), Some(at_most)) = (said.size, at_most.filter(|most| iops > *most)) {
                complain(
                    Code::OutOfRange,
                    "iops",
                    format!(
                        "{a} {name} disk of {size} GiB supports at most {at_most} operations per second, {per_gib} per \
                            GiB"
                    ),
                    format!("write `iops: {at_most}`, or `size_gib: {}`", (iops + per_gib - 1) / per_gib),
                );
            }
        }
    }
    match (said.throughput, limits.throughput) {
        (None, _) => {}
        (Some(_), None) => complain(
            Code::DoesNotApply,
            "throughput",
            format!("{a} {name} disk's throughput can't be set"),
            format!("remove it, or use `{sort_key}: gp3`"),
        ),
        (Some(throughput), Some((least, most))) if !(least..=most).contains(&throughput) => complain(
            Code::OutOfRange,
            "throughput",
            format!("{a} {name} disk supports {least} to {most} MiB per second"),
            format!("for example `throughput: {}`", throughput.clamp(least, most)),
        ),
        (Some(throughput), Some(_)) => {
            let iops = said.iops.unwrap_or(GP3_IOPS);
            let needed = throughput.saturating_mul(IOPS_PER_MIB);
            if needed > iops {
                complain(
                    Code::OutOfRange,
                    "throughput",
                    format!(
                        "with {iops} operations per second, {a} {name} disk supports at most {} MiB per second",
                        iops / IOPS_PER_MIB
                    ),
                    format!("write `iops: {needed}` with it, or `throughput: {}`", iops / IOPS_PER_MIB),
                );
            }
        }
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;
    use VolumeType::{Gp2, Gp3, Io1, Io2, Sc1, St1, Standard};

    fn wrong(sort: VolumeType, size: i32, iops: Option<i32>, throughput: Option<i32>) -> Vec<String> {
        let said = Said { sort: Some(sort), size: Some(size), iops, throughput };
        check("", said).into_iter().map(|diagnostic| diagnostic.path().to_owned()).collect()
    }

    #[test]
    fn the_largest_disk_of_each_sort_passes_and_a_larger_one_does_not() {
        let largest = [
            (Gp2, 16_384),
            (Gp3, 65_536),
            (Io1, 16_384),
            (Io2, 65_536),
            (St1, 16_384),
            (Sc1, 16_384),
            (Standard, 1_024),
        ];
        for (sort, most) in largest {
            assert_eq!(wrong(sort, most, None, None), [""; 0], "{sort:?}");
            assert_eq!(wrong(sort, most + 1, None, None), ["size_gib"], "{sort:?}");
        }
        for (sort, least) in [(Gp2, 1), (Gp3, 1), (Io1, 4), (Io2, 4), (St1, 125), (Sc1, 125), (Standard, 1)] {
            assert_eq!(wrong(sort, least, None, None), [""; 0], "{sort:?}");
            assert_eq!(wrong(sort, least - 1, None, None), ["size_gib"], "{sort:?}");
        }
    }

    #[test]
    fn operations_keep_to_the_sort_and_the_size() {
        for (sort, least, most) in [(Gp3, 3_000, 80_000), (Io1, 100, 64_000), (Io2, 100, 256_000)] {
            assert_eq!(wrong(sort, 16_384, Some(most), None), [""; 0], "{sort:?}");
            assert_eq!(wrong(sort, 16_384, Some(most + 1), None), ["iops"], "{sort:?}");
            assert_eq!(wrong(sort, 100, Some(least), None), [""; 0], "{sort:?}");
            assert_eq!(wrong(sort, 100, Some(least - 1), None), ["iops"], "{sort:?}");
        }
        for (sort, per_gib) in [(Gp3, 500), (Io1, 50), (Io2, 1_000)] {
            assert_eq!(wrong(sort, 20, Some(20 * per_gib), None), [""; 0], "{sort:?}");
            assert_eq!(wrong(sort, 20, Some(20 * per_gib + 1), None), ["iops"], "{sort:?}");
        }
        // What each gp3 has anyway is not too much for a small one.
        assert_eq!(wrong(Gp3, 1, Some(3_000), None), [""; 0]);
        for sort in [Gp2, St1, Sc1, Standard] {
            assert_eq!(wrong(sort, 500, Some(3_000), None), ["iops"], "{sort:?}");
        }
    }

    #[test]
    fn throughput_is_a_quarter_of_the_operations_at_most() {
        assert_eq!(wrong(Gp3, 100, None, Some(750)), [""; 0]);
        assert_eq!(wrong(Gp3, 100, None, Some(751)), ["throughput"]);
        assert_eq!(wrong(Gp3, 100, Some(8_000), Some(2_000)), [""; 0]);
        assert_eq!(wrong(Gp3, 100, Some(8_000), Some(2_001)), ["throughput"]);
        assert_eq!(wrong(Gp3, 100, None, Some(124)), ["throughput"]);
        assert_eq!(wrong(Io2, 100, None, Some(250)), ["throughput"]);
        let hint = check("", Said { size: Some(8), throughput: Some(1_000), ..Said::default() }).remove(0).help;
        assert_eq!(hint.as_deref(), Some("write `iops: 4000` with it, or `throughput: 750`"));
    }
}
