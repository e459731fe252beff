//! What the calls of IAM's kinds need: an action for each call of a kind, and what AWS checks besides.

use crate::resource::permission::{Allowed, Fence, Purpose};

/// Of `iam.policy`.
pub fn policy() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:ListEntitiesForPolicy",
            "iam:ListInstanceProfiles",
            "iam:ListPolicies",
            "iam:ListPolicyVersions",
            "iam:ListRoles",
        ]),
        roles_within_the_boundary().allows(["iam:DetachRolePolicy"]),
        roles_policies_and_profiles_of_stacks().allows([
            "iam:CreatePolicy",
            "iam:CreatePolicyVersion",
            "iam:DeletePolicy",
            "iam:DeletePolicyVersion",
            "iam:TagPolicy",
            "iam:UntagPolicy",
        ]),
    ]
}

/// Of `iam.role`.
pub fn role() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListEntitiesForPolicy",
            "iam:ListInstanceProfiles",
            "iam:ListInstanceProfilesForRole",
            "iam:ListPolicies",
            "iam:ListRolePolicies",
            "iam:ListRoles",
        ]),
        roles_within_the_boundary().allows([
            "iam:AttachRolePolicy",
            "iam:CreateRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:UpdateAssumeRolePolicy",
        ]),
        roles_policies_and_profiles_of_stacks().allows([
            "iam:DeleteRole",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateRole",
        ]),
    ]
}

/// Of `iam.instance_profile`.
pub fn instance_profile() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "iam:GetInstanceProfile",
            "iam:ListInstanceProfiles",
            "iam:ListPolicies",
            "iam:ListRoles",
        ]),
        roles_policies_and_profiles_of_stacks().allows([
            "iam:AddRoleToInstanceProfile",
            "iam:CreateInstanceProfile",
            "iam:DeleteInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:TagInstanceProfile",
            "iam:UntagInstanceProfile",
        ]),
        Fence::roles_of_stacks_given().allows(["iam:PassRole"]),
    ]
}

fn roles_within_the_boundary() -> Fence {
    Fence::of("RolesWithinTheBoundary", Purpose::Roles).on(["arn:aws:iam::*:role/cloud101/*"]).when(
        "ArnLike",
        "iam:PermissionsBoundary",
        ["arn:aws:iam::*:policy/class-boundary"],
    )
}

fn roles_policies_and_profiles_of_stacks() -> Fence {
    Fence::of("RolesPoliciesAndProfilesOfStacks", Purpose::Roles).on([
        "arn:aws:iam::*:role/cloud101/*",
        "arn:aws:iam::*:policy/cloud101/*",
        "arn:aws:iam::*:instance-profile/cloud101/*",
    ])
}
