//! What the calls of EC2's kinds need: an action for each call of a kind, and what AWS checks besides.

use crate::resource::permission::{Allowed, Fence, Purpose};

/// Of `ec2.key_pair`.
pub fn key_pair() -> Vec<Allowed> {
    vec![
        Fence::see().allows(["ec2:DescribeKeyPairs"]),
        launch_with_our_tag().allows(["ec2:ImportKeyPair"]),
        tag_what_is_made().allows(["ec2:CreateTags"]),
        change_machines_with_our_tag().allows(["ec2:CreateTags", "ec2:DeleteKeyPair", "ec2:DeleteTags"]),
    ]
}

/// Of `ec2.security_group`.
pub fn security_group() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "ec2:DescribeInstances",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroupRules",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeVpcs",
            "lambda:ListFunctions",
        ]),
        launch_with_our_tag().allows(["ec2:CreateSecurityGroup"]),
        groups_in_networks().allows(["ec2:CreateSecurityGroup"]),
        tag_what_is_made().allows(["ec2:CreateTags"]),
        change_machines_with_our_tag().allows([
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:CreateTags",
            "ec2:DeleteSecurityGroup",
            "ec2:DeleteTags",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
            "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
        ]),
    ]
}

/// Of `ec2.volume`.
pub fn volume() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "ec2:DescribeInstances",
            "ec2:DescribeSnapshots",
            "ec2:DescribeVolumes",
            "ec2:DescribeVolumesModifications",
        ]),
        launch_with_our_tag().allows(["ec2:CreateVolume"]),
        disks_from_snapshots().allows(["ec2:CreateVolume"]),
        tag_what_is_made().allows(["ec2:CreateTags"]),
        change_machines_with_our_tag().allows([
            "ec2:AttachVolume",
            "ec2:CreateTags",
            "ec2:DeleteTags",
            "ec2:DeleteVolume",
            "ec2:DetachVolume",
            "ec2:ModifyVolume",
        ]),
    ]
}

/// Of `ec2.instance`.
pub fn instance() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "ec2:DescribeIamInstanceProfileAssociations",
            "ec2:DescribeImages",
            "ec2:DescribeInstanceAttribute",
            "ec2:DescribeInstanceCreditSpecifications",
            "ec2:DescribeInstanceTypeOfferings",
            "ec2:DescribeInstances",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeVolumes",
            "ec2:DescribeVolumesModifications",
            "iam:GetInstanceProfile",
            "iam:ListAttachedRolePolicies",
            "ssm:DescribeInstanceInformation",
        ]),
        see_newest_images().allows(["ssm:GetParameters"]),
        launch_with_our_tag().allows(["ec2:CreateVolume", "ec2:RunInstances"]),
        launch_from_what_is_there().allows(["ec2:RunInstances"]),
        disks_from_snapshots().allows(["ec2:CreateVolume"]),
        give_groups_to_machines().allows(["ec2:ModifyInstanceAttribute", "ec2:ModifyNetworkInterfaceAttribute"]),
        tag_what_is_made().allows(["ec2:CreateTags"]),
        change_machines_with_our_tag().allows([
            "ec2:AssociateIamInstanceProfile",
            "ec2:AttachVolume",
            "ec2:CreateTags",
            "ec2:DeleteTags",
            "ec2:DeleteVolume",
            "ec2:DetachVolume",
            "ec2:DisassociateIamInstanceProfile",
            "ec2:ModifyInstanceAttribute",
            "ec2:ModifyInstanceCreditSpecification",
            "ec2:ModifyInstanceMetadataOptions",
            "ec2:ModifyNetworkInterfaceAttribute",
            "ec2:ModifyVolume",
            "ec2:ReplaceIamInstanceProfileAssociation",
            "ec2:StartInstances",
            "ec2:StopInstances",
            "ec2:TerminateInstances",
        ]),
        first_spot_instance().allows(["iam:CreateServiceLinkedRole"]),
        Fence::roles_of_stacks_given().allows(["iam:PassRole"]),
        open_shells().allows(["ssm:StartSession"]),
        with_the_usual_shell().allows(["ssm:StartSession"]),
        end_own_sessions().allows(["ssm:ResumeSession", "ssm:TerminateSession"]),
        use_own_sessions().allows(["ssmmessages:OpenDataChannel"]),
    ]
}

/// Of `ec2.elastic_ip`.
pub fn elastic_ip() -> Vec<Allowed> {
    vec![
        Fence::see().allows(["ec2:DescribeAddresses"]),
        launch_with_our_tag().allows(["ec2:AllocateAddress"]),
        tag_what_is_made().allows(["ec2:CreateTags"]),
        change_machines_with_our_tag().allows([
            "ec2:AssociateAddress",
            "ec2:CreateTags",
            "ec2:DeleteTags",
            "ec2:DisassociateAddress",
            "ec2:ReleaseAddress",
        ]),
    ]
}

fn launch_with_our_tag() -> Fence {
    Fence::of("LaunchWithOurTag", Purpose::Change)
        .on([
            "arn:aws:ec2:*:*:elastic-ip/*",
            "arn:aws:ec2:*:*:instance/*",
            "arn:aws:ec2:*:*:key-pair/*",
            "arn:aws:ec2:*:*:network-interface/*",
            "arn:aws:ec2:*:*:security-group/*",
            "arn:aws:ec2:*:*:volume/*",
        ])
        .made_with_our_tag()
}

fn tag_what_is_made() -> Fence {
    Fence::of("TagWhatIsMade", Purpose::Change).when(
        "StringEquals",
        "ec2:CreateAction",
        ["AllocateAddress", "CreateSecurityGroup", "CreateVolume", "ImportKeyPair", "RunInstances"],
    )
}

fn change_machines_with_our_tag() -> Fence {
    Fence::of("ChangeMachinesWithOurTag", Purpose::Change).with_our_tag()
}

fn groups_in_networks() -> Fence {
    Fence::of("GroupsInNetworks", Purpose::Change).on(["arn:aws:ec2:*:*:vpc/*"])
}

fn disks_from_snapshots() -> Fence {
    Fence::of("DisksFromSnapshots", Purpose::Change).on(["arn:aws:ec2:*::snapshot/*"])
}

fn see_newest_images() -> Fence {
    Fence::of("SeeNewestImages", Purpose::Look).on(["arn:aws:ssm:*::parameter/aws/service/*"])
}

fn launch_from_what_is_there() -> Fence {
    Fence::of("LaunchFromWhatIsThere", Purpose::Change).on([
        "arn:aws:ec2:*::image/*",
        "arn:aws:ec2:*::snapshot/*",
        "arn:aws:ec2:*:*:key-pair/*",
        "arn:aws:ec2:*:*:security-group/*",
        "arn:aws:ec2:*:*:spot-instances-request/*",
        "arn:aws:ec2:*:*:subnet/*",
    ])
}

fn give_groups_to_machines() -> Fence {
    Fence::of("GiveGroupsToMachines", Purpose::Change).on(["arn:aws:ec2:*:*:security-group/*"])
}

fn first_spot_instance() -> Fence {
    Fence::of("FirstSpotInstance", Purpose::Change).when("StringEquals", "iam:AWSServiceName", ["spot.amazonaws.com"])
}

/// Systems Manager knows the tags of what a session goes to under a name of its own.
fn open_shells() -> Fence {
    let machines = Fence::of("OpenShells", Purpose::Shells).on(["arn:aws:ec2:*:*:instance/*"]);
    machines.when("Null", "ssm:resourceTag/cloud101:stack", ["false"])
}

fn with_the_usual_shell() -> Fence {
    Fence::of("WithTheUsualShell", Purpose::Shells).on(["arn:aws:ssm:*:*:document/SSM-SessionManagerRunShell"])
}

/// Systems Manager tags each session with the id of who began it, which is a user's or that of a role and its session.
fn end_own_sessions() -> Fence {
    let own = Fence::of("EndOwnSessions", Purpose::Shells);
    own.when("StringLike", "ssm:resourceTag/aws:ssmmessages:session-id", ["${aws:userid}"])
}

fn use_own_sessions() -> Fence {
    Fence::of("UseOwnSessions", Purpose::Shells)
        .on(["arn:aws:ssm:*:*:session/${aws:userid}-*", "arn:aws:ssm:*:*:session/${aws:username}-*"])
}
