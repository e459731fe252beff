//! Roles with their policies. There are no users, groups, profiles and policies.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{ACCOUNT, Answer, Call, escaped, page, refused, tags, xml};

struct Role {
    path: String,
    id: String,
    trust: String,
    description: Option<String>,
    tags: BTreeMap<String, String>,
    attached: BTreeSet<String>,
    inline: BTreeMap<String, String>,
}

#[derive(Default)]
pub struct Iam {
    roles: BTreeMap<String, Role>,
    made: usize,
}

/// A document as IAM answers it.
fn encoded(document: &str) -> String {
    utf8_percent_encode(document, NON_ALPHANUMERIC).to_string()
}

impl Role {
    fn tags(&self) -> String {
        let tag = |(key, value): (&String, &String)| {
            format!("<member><Key>{}</Key><Value>{}</Value></member>", escaped(key), escaped(value))
        };
        format!("<Tags>{}</Tags>", self.tags.iter().map(tag).collect::<String>())
    }

    fn attached(&self) -> String {
        let one = |arn: &String| {
            let name = arn.rsplit('/').next().unwrap_or_default();
            format!("<member><PolicyName>{name}</PolicyName><PolicyArn>{arn}</PolicyArn></member>")
        };
        self.attached.iter().map(one).collect()
    }

    /// What every answer about a role has.
    fn common(&self, name: &str) -> String {
        let Self { path, id, trust, .. } = self;
        format!(
            "<Path>{path}</Path><RoleName>{name}</RoleName><RoleId>{id}</RoleId><Arn>arn:aws:iam::{ACCOUNT}:role{path}{name}\
             </Arn><CreateDate>2026-11-30T10:00:00Z</CreateDate><AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument>",
            encoded(trust)
        )
    }

    /// What GetRole and ListRoles have besides.
    fn settings(&self) -> String {
        let description = self.description.as_ref().map(|text| format!("<Description>{}</Description>", escaped(text)));
        format!("{}<MaxSessionDuration>3600</MaxSessionDuration>", description.unwrap_or_default())
    }

    /// An entry of GetAccountAuthorizationDetails, which has neither description nor session duration.
    fn detail(&self, name: &str) -> String {
        let inline = |(name, document): (&String, &String)| {
            let document = encoded(document);
            format!("<member><PolicyName>{name}</PolicyName><PolicyDocument>{document}</PolicyDocument></member>")
        };
        format!(
            "<member>{}<InstanceProfileList/><RolePolicyList>{}</RolePolicyList><AttachedManagedPolicies>{}\
             </AttachedManagedPolicies>{}</member>",
            self.common(name),
            self.inline.iter().map(inline).collect::<String>(),
            self.attached(),
            self.tags()
        )
    }
}

impl Iam {
    pub fn len(&self) -> usize {
        self.roles.len()
    }

    pub fn answer(&mut self, call: &Call<'_>) -> Answer {
        match call.operation {
            "ListRoles" => return Ok(self.list(call)),
            "GetAccountAuthorizationDetails" => return Ok(self.details(call)),
            "CreateRole" => return self.create(call),
            "ListPolicies" | "ListUsers" | "ListGroups" | "ListInstanceProfiles" => {
                let list = &call.operation["List".len()..];
                return Ok(xml(call.operation, &format!("<IsTruncated>false</IsTruncated><{list}/>")));
            }
            _ => {}
        }
        let name = call.text("RoleName");
        let Some(role) = self.roles.get_mut(name) else {
            return refused(404, "NoSuchEntity", format!("The role with name {name} cannot be found."));
        };
        let policy = call.text("PolicyName");
        let arn = call.text("PolicyArn").to_owned();
        let result = match call.operation {
            "GetRole" => format!("<Role>{}{}{}</Role>", role.common(name), role.settings(), role.tags()),
            "ListAttachedRolePolicies" => {
                format!("<IsTruncated>false</IsTruncated><AttachedPolicies>{}</AttachedPolicies>", role.attached())
            }
            "ListRolePolicies" => {
                let names: String = role.inline.keys().map(|name| format!("<member>{name}</member>")).collect();
                format!("<IsTruncated>false</IsTruncated><PolicyNames>{names}</PolicyNames>")
            }
            "GetRolePolicy" => match role.inline.get(policy) {
                Some(document) => format!(
                    "<RoleName>{name}</RoleName><PolicyName>{policy}</PolicyName><PolicyDocument>{}</PolicyDocument>",
                    encoded(document)
                ),
                None => return refused(404, "NoSuchEntity", "The role policy cannot be found."),
            },
            "ListInstanceProfilesForRole" => "<IsTruncated>false</IsTruncated><InstanceProfiles/>".to_owned(),
            "PutRolePolicy" => {
                role.inline.insert(policy.to_owned(), call.text("PolicyDocument").to_owned());
                String::new()
            }
            "DeleteRolePolicy" if role.inline.remove(policy).is_some() => String::new(),
            "AttachRolePolicy" => {
                role.attached.insert(arn);
                String::new()
            }
            "DetachRolePolicy" if role.attached.remove(&arn) => String::new(),
            "DeleteRolePolicy" | "DetachRolePolicy" => return refused(404, "NoSuchEntity", "It cannot be found."),
            "TagRole" => {
                role.tags.extend(tags(&call.input["Tags"]));
                String::new()
            }
            "DeleteRole" if !role.attached.is_empty() || !role.inline.is_empty() => {
                return refused(409, "DeleteConflict", "Cannot delete entity, must detach all policies first.");
            }
            "DeleteRole" => {
                self.roles.remove(name);
                String::new()
            }
            other => return refused(400, "InvalidAction", other),
        };
        Ok(xml(call.operation, &result))
    }

    fn create(&mut self, call: &Call<'_>) -> Answer {
        let name = call.text("RoleName").to_owned();
        if self.roles.contains_key(&name) {
            return refused(409, "EntityAlreadyExists", format!("Role with name {name} already exists."));
        }
        self.made += 1;
        let role = Role {
            path: call.text("Path").to_owned(),
            id: format!("AROA{:016}", self.made),
            trust: call.text("AssumeRolePolicyDocument").to_owned(),
            description: call.input["Description"].as_str().map(str::to_owned),
            tags: tags(&call.input["Tags"]),
            attached: BTreeSet::new(),
            inline: BTreeMap::new(),
        };
        let answer = xml("CreateRole", &format!("<Role>{}</Role>", role.common(&name)));
        self.roles.insert(name, role);
        Ok(answer)
    }

    fn list(&self, call: &Call<'_>) -> String {
        let prefix = call.text("PathPrefix");
        let (roles, next) = page(&self.roles, call.text("Marker"), call.number("MaxItems").unwrap_or(100));
        let roles = roles.into_iter().filter(|(_, role)| role.path.starts_with(prefix));
        // Without tags, as IAM's lists are.
        let one = |(name, role): (&String, &Role)| format!("<member>{}{}</member>", role.common(name), role.settings());
        xml("ListRoles", &format!("{}<Roles>{}</Roles>", marker(next), roles.map(one).collect::<String>()))
    }

    fn details(&self, call: &Call<'_>) -> String {
        let asked = call.input["Filter"].as_array().cloned().unwrap_or_default();
        if !asked.is_empty() && !asked.contains(&"Role".into()) {
            return xml(call.operation, "<IsTruncated>false</IsTruncated>");
        }
        let (roles, next) = page(&self.roles, call.text("Marker"), call.number("MaxItems").unwrap_or(100));
        let roles: String = roles.into_iter().map(|(name, role)| role.detail(name)).collect();
        xml(call.operation, &format!("{}<RoleDetailList>{roles}</RoleDetailList>", marker(next)))
    }
}

fn marker(next: Option<&String>) -> String {
    match next {
        Some(next) => format!("<IsTruncated>true</IsTruncated><Marker>{next}</Marker>"),
        None => "<IsTruncated>false</IsTruncated>".to_owned(),
    }
}
