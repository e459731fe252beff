//! Changing a disk in place: its size, its sort, and how fast it is.

use std::time::Duration;

use aws_sdk_ec2::types::{Volume as Disk, VolumeModification, VolumeModificationState, VolumeType as SdkVolumeType};

use crate::aws::wait::{self, Sight};
use crate::aws::{Call, Context, Error, ErrorKind, Result};
use crate::resource::ec2::volume_type::VolumeType;

use super::{SHOWN, name, of_disk, one, state};

/// How long a modification may take until the disk has its new size; the rest goes on in the background.
const MODIFIED: Duration = Duration::from_secs(600);

/// What a disk should be; `None` leaves it alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    /// GiB.
    pub size: Option<i32>,
    /// Its sort.
    pub sort: Option<VolumeType>,
    /// Operations a second.
    pub iops: Option<i32>,
    /// MiB a second.
    pub throughput: Option<i32>,
}

impl Shape {
    /// What a disk is. AWS also returns the IOPS of a `gp2`, which follow from its size and can't be chosen.
    pub fn of(disk: &Disk) -> Self {
        let sort = disk.volume_type().and_then(|sort| VolumeType::parse(sort.as_str()));
        Self {
            size: disk.size(),
            sort,
            iops: disk.iops().filter(|_| sort.is_some_and(VolumeType::takes_iops)),
            throughput: disk.throughput().filter(|_| sort.is_some_and(VolumeType::takes_throughput)),
        }
    }

    /// What a disk becomes.
    fn after(modification: &VolumeModification) -> Self {
        let sort = modification.target_volume_type().and_then(|sort| VolumeType::parse(sort.as_str()));
        Self {
            size: modification.target_size(),
            sort,
            iops: modification.target_iops(),
            throughput: modification.target_throughput(),
        }
    }

    /// What has to change to get from `live` to `self`; `None`: nothing.
    fn beyond(self, live: Self) -> Option<Self> {
        let sort = self.sort.or(live.sort);
        let takes = |takes: fn(VolumeType) -> bool| sort.is_none_or(takes);
        let change = Self {
            // AWS makes no disk smaller, and one that grew by hand is left alone.
            size: self.size.filter(|size| live.size.is_none_or(|live| live < *size)),
            sort: self.sort.filter(|_| self.sort != live.sort),
            iops: self.iops.filter(|_| self.iops != live.iops && takes(VolumeType::takes_iops)),
            throughput: self
                .throughput
                .filter(|_| self.throughput != live.throughput && takes(VolumeType::takes_throughput)),
        };
        (change != Self::default()).then_some(change)
    }
}

/// Brings one disk to `shape` in place. Whether it grew.
pub async fn modify(cx: &Context, id: &str, shape: Shape) -> Result<bool> {
    // Of a run that was killed a modification may be under way.
    let before = modification(cx, id).await?;
    if before.as_ref().is_some_and(|m| m.modification_state == Some(VolumeModificationState::Modifying)) {
        until_modified(cx, id).await?;
    }
    let live = one(cx, id).await?.as_ref().map(Shape::of).unwrap_or_default();
    let Some(change) = shape.beyond(live) else {
        return Ok(false);
    };
    let call = (cx.clients.ec2.modify_volume())
        .volume_id(id)
        .set_size(change.size)
        .set_volume_type(change.sort.map(|sort| SdkVolumeType::from(sort.as_str())))
        .set_iops(change.iops)
        .set_throughput(change.throughput);
    match call.send().await.call("ec2:ModifyVolume") {
        // An earlier answer may be lost: then this very change is under way already.
        Err(error) if is_too_soon(&error) && is_under_way(cx, id, shape, before.as_ref()).await? => {}
        answer => drop(answer.map_err(explained)?),
    }
    until_modified(cx, id).await?;
    Ok(change.size.is_some())
}

/// Whether AWS refuses a change because of one before it.
fn is_too_soon(error: &Error) -> bool {
    error.is(&["IncorrectModificationState", "VolumeModificationRateExceeded"])
}

/// Whether a modification leads to `shape` that is not the one `before`. EC2 may show a new one late.
async fn is_under_way(cx: &Context, id: &str, shape: Shape, before: Option<&VolumeModification>) -> Result<bool> {
    let since = |one: Option<&VolumeModification>| one.and_then(VolumeModification::start_time).copied();
    let what = format!("EC2 to show what changes the disk {id}");
    let shown = wait::poll_until(&what, SHOWN, || async {
        let last = modification(cx, id).await?;
        Ok(last.filter(|last| since(Some(last)) != since(before)))
    });
    match shown.await {
        Ok(new) => {
            let has_failed = new.modification_state == Some(VolumeModificationState::Failed);
            Ok(!has_failed && shape.beyond(Shape::after(&new)).is_none())
        }
        Err(error) if error.kind == ErrorKind::TimedOut => Ok(false),
        Err(error) => Err(error),
    }
}

/// How often a disk may be changed has changed before: AWS's own words say how long to wait.
fn explained(error: Error) -> Error {
    if error.is(&["IncorrectModificationState"]) {
        return error.with_hint(
            "an earlier change of this disk is still in progress and can take hours: apply again \
            later",
        );
    }
    if error.is(&["VolumeModificationRateExceeded"]) {
        return error.with_hint(
            "AWS allows only a few changes of a disk per day: wait as long as it says above, at most a day, then apply \
                again",
        );
    }
    error
}

async fn modification(cx: &Context, id: &str) -> Result<Option<VolumeModification>> {
    let answer = cx.clients.ec2.describe_volumes_modifications().volume_ids(id).send().await;
    let answer = answer.call_if_found("ec2:DescribeVolumesModifications")?;
    let found = answer.and_then(|answer| answer.volumes_modifications).unwrap_or_default();
    Ok(found.into_iter().max_by_key(|m| m.start_time.map(|time| (time.secs(), time.subsec_nanos()))))
}

async fn until_modified(cx: &Context, id: &str) -> Result<()> {
    use VolumeModificationState::{Completed, Failed, Optimizing};
    wait::until_ready(&format!("the disk {id} to change"), MODIFIED, of_disk(&name(id), true), || async {
        let modification = modification(cx, id).await?;
        match modification.as_ref().and_then(|m| m.modification_state.as_ref()) {
            Some(Optimizing | Completed) => Ok(Sight::Ready(())),
            Some(Failed) => {
                let why = modification.and_then(|m| m.status_message).unwrap_or_default();
                Err(Error::refused(format!("AWS could not change the disk {id}: {why}")))
            }
            Some(_) => Ok(Sight::Unready),
            // A disk that is gone has none either.
            None => Ok(state(cx, id).await?.map_or(Sight::Missing, |_| Sight::Unready)),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::testing::aws::{Aws, no, yes};

    fn shape(size: i32, sort: VolumeType, iops: i32) -> Shape {
        Shape { size: Some(size), sort: Some(sort), iops: Some(iops), throughput: None }
    }

    #[test]
    fn only_what_differs_is_changed() {
        let live = shape(8, VolumeType::Gp3, 3000);
        assert!(live.beyond(live).is_none());
        assert!(Shape::default().beyond(live).is_none());
        let change = shape(20, VolumeType::Gp3, 3000).beyond(live).unwrap();
        assert_eq!((change.size, change.sort, change.iops), (Some(20), None, None));
        assert!(shape(4, VolumeType::Gp3, 3000).beyond(live).is_none(), "no disk is made smaller");
    }

    #[test]
    fn a_sort_without_chosen_iops_is_not_given_any() {
        let change = shape(8, VolumeType::Gp2, 3000).beyond(shape(8, VolumeType::Gp3, 4000)).unwrap();
        assert_eq!((change.sort, change.iops), (Some(VolumeType::Gp2), None));
    }

    #[test]
    fn aws_itself_says_when_a_disk_may_be_changed_again() {
        let refused = |code: &str| Error { code: Some(code.into()), ..Error::refused("Wait at least a while.") };
        let error = explained(refused("VolumeModificationRateExceeded"));
        assert!(error.message.contains("Wait at least a while."));
        assert!(error.advice().is_some_and(|advice| advice.contains("as long as it says")));
        assert!(
            explained(refused("IncorrectModificationState")).advice().is_some_and(|a| a.contains("still in progress"))
        );
        assert_eq!(explained(refused("InvalidParameterValue")).advice(), None);
    }

    /// A disk of 8 GiB that is to have 20. The call that begins a modification gets no answer, and the one after it is
    /// refused; then there is one that began at `began` and leads to `target`. Before there was one of 9 o'clock.
    async fn modified(target: i32, began: &'static str) -> Result<bool> {
        let begun = AtomicBool::new(false);
        let aws = Aws::with(move |call| match call.name.as_str() {
            "ec2:DescribeVolumes" => {
                yes("<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId><size>8</size><volumeType>gp3\
                 </volumeType><status>in-use</status></item></volumeSet></DescribeVolumesResponse>")
            }
            "ec2:ModifyVolume" => {
                begun.store(true, Ordering::SeqCst);
                no(400, "IncorrectModificationState", "vol-1 is being modified")
            }
            "ec2:DescribeVolumesModifications" => {
                let (began, target) = if begun.load(Ordering::SeqCst) { (began, target) } else { (NINE, 20) };
                yes(format!(
                    "<DescribeVolumesModificationsResponse><volumeModificationSet><item><volumeId>vol-1</volumeId>\
                     <modificationState>optimizing</modificationState><targetSize>{target}</targetSize><targetVolumeType>\
                     gp3</targetVolumeType><startTime>{began}</startTime></item></volumeModificationSet>\
                     </DescribeVolumesModificationsResponse>"
                ))
            }
            name => panic!("{name}"),
        });
        let clock = wait::clock::Clock::default();
        clock.run(modify(&aws.context(), "vol-1", Shape { size: Some(20), ..Shape::default() })).await
    }

    const NINE: &str = "2026-11-29T09:00:00.000Z";
    const NOW: &str = "2026-11-29T15:00:00.000Z";

    #[tokio::test]
    async fn a_change_whose_answer_was_lost_is_not_refused_for_itself() {
        assert!(modified(20, NOW).await.unwrap(), "it was enlarged");
        // Another one is under way, or only the earlier one is shown.
        for (target, began) in [(10, NOW), (20, NINE)] {
            let error = modified(target, began).await.unwrap_err();
            assert!(error.is(&["IncorrectModificationState"]), "{error}");
        }
    }
}
