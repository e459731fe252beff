//! What the calls of IAM's kinds need: an action for each call of a kind, and what AWS checks besides.

use crate::resource::permission::{Allowed, Fence, Purpose};

/// Of `iam.policy`.
pub fn policy() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "iam:GetGroup",
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:GetUser",
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
            "iam:GetAccountAuthorizationDetails",
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

/// Of `iam.group`. No boundary limits a group, and anyone who may put a user into it gives them what it may do: so only
/// policies that an administrator has made for the class can be attached, and no inline ones be written.
pub fn group() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "iam:GetAccountAuthorizationDetails",
            "iam:GetGroup",
            "iam:GetGroupPolicy",
            "iam:GetUser",
            "iam:ListAttachedGroupPolicies",
            "iam:ListGroupPolicies",
            "iam:ListGroups",
        ]),
        Fence::of("PoliciesOfTheClassForGroups", Purpose::Users)
            .on(["arn:aws:iam::*:group/cloud101/*"])
            .when("ArnLike", "iam:PolicyARN", ["arn:aws:iam::*:policy/class-*"])
            .allows(["iam:AttachGroupPolicy"]),
        groups_of_stacks().allows([
            "iam:CreateGroup",
            "iam:DeleteGroup",
            "iam:DeleteGroupPolicy",
            "iam:DetachGroupPolicy",
            "iam:RemoveUserFromGroup",
            "iam:UpdateGroup",
        ]),
    ]
}

/// Of `iam.user`.
pub fn user() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "iam:GetAccountAuthorizationDetails",
            "iam:GetAccountPasswordPolicy",
            "iam:GetGroup",
            "iam:GetLoginProfile",
            "iam:GetUser",
            "iam:GetUserPolicy",
            "iam:ListAccessKeys",
            "iam:ListAttachedUserPolicies",
            "iam:ListGroupsForUser",
            "iam:ListMFADevices",
            "iam:ListSSHPublicKeys",
            "iam:ListServiceSpecificCredentials",
            "iam:ListSigningCertificates",
            "iam:ListUserPolicies",
            "iam:ListUsers",
        ]),
        Fence::of("UsersWithinTheBoundary", Purpose::Users)
            .on(["arn:aws:iam::*:user/cloud101/*"])
            .when("ArnLike", "iam:PermissionsBoundary", ["arn:aws:iam::*:policy/class-boundary"])
            .allows([
                "iam:AttachUserPolicy",
                "iam:CreateUser",
                "iam:DeleteUserPolicy",
                "iam:DetachUserPolicy",
                "iam:PutUserPermissionsBoundary",
                "iam:PutUserPolicy",
            ]),
        Fence::of("UsersOfStacks", Purpose::Users).on(["arn:aws:iam::*:user/cloud101/*"]).allows([
            "iam:CreateAccessKey",
            "iam:CreateLoginProfile",
            "iam:DeactivateMFADevice",
            "iam:DeleteAccessKey",
            "iam:DeleteLoginProfile",
            "iam:DeleteSSHPublicKey",
            "iam:DeleteServiceSpecificCredential",
            "iam:DeleteSigningCertificate",
            "iam:DeleteUser",
            "iam:TagUser",
            "iam:UntagUser",
        ]),
        groups_of_stacks().allows(["iam:AddUserToGroup", "iam:RemoveUserFromGroup"]),
        // AWS deletes no device that is assigned.
        Fence::of("DevicesWithoutAUser", Purpose::Users)
            .on(["arn:aws:iam::*:mfa/*"])
            .allows(["iam:DeleteVirtualMFADevice"]),
    ]
}

fn groups_of_stacks() -> Fence {
    Fence::of("GroupsOfStacks", Purpose::Users).on(["arn:aws:iam::*:group/cloud101/*"])
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
