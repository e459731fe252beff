//! Large stack files.

const HEAD: &str = "stack: large\nregion: us-east-1\ntags: {course: physics, owner: ana@example.edu}\n";

/// Resources of six kinds, some of which refer to others.
pub fn mixed(size: usize) -> String {
    let one = |n: usize| {
        let first = n / 6 * 6;
        match n % 6 {
            0 => format!("  r{n}: {{type: sns.topic, display_name: Topic {n}, tags: {{number: \"{n}\"}}}}\n"),
            1 => format!(
                "  r{n}:\n    type: iam.policy\n    document:\n      Version: \"2012-10-17\"\n      Statement:\n        \
                 - {{Effect: Allow, Action: sns:Publish, Resource: \"${{r{first}.arn}}\"}}\n"
            ),
            2 => format!(
                "  r{n}: {{type: iam.role, assumed_by: lambda.amazonaws.com, policies: [\"${{r{}.arn}}\"]}}\n",
                n - 1
            ),
            3 => format!(
                "  r{n}: {{type: ec2.security_group, description: Group {n}, ingress: [{{port: 22, cidr: 192.0.2.0/24}}]}}\n"
            ),
            4 => format!(
                "  r{n}: {{type: s3.bucket, name: \"${{stack.name}}-${{aws.account_id}}-{n}\", versioning: true}}\n"
            ),
            _ => format!(
                "  r{n}: {{type: s3.object, bucket: \"${{r{}.name}}\", key: notes.txt, content: Notes {n}}}\n",
                n - 1
            ),
        }
    };
    format!("{HEAD}resources:\n{}", (0..size).map(one).collect::<String>())
}

/// Firewalls, and a machine behind each of them.
pub fn machines(size: usize) -> String {
    let one = |n: usize| match n % 2 {
        0 => format!("  r{n}: {{type: ec2.security_group, ingress: [{{port: 22, cidr: 192.0.2.0/24}}]}}\n"),
        _ => format!(
            "  r{n}:\n    type: ec2.instance\n    image: ami-0123456789abcdef0\n    instance_type: t3.micro\n    \
             security_group_ids: [\"${{r{}.id}}\"]\n",
            n - 1
        ),
    };
    format!("{HEAD}resources:\n{}", (0..size).map(one).collect::<String>())
}

/// Topics, each tenth of which waits for the one before.
pub fn topics(size: usize) -> String {
    let one = |n: usize| {
        let waits = if n % 10 == 9 { format!(", depends_on: [r{}]", n - 1) } else { String::new() };
        format!("  r{n}: {{type: sns.topic, tags: {{number: \"{n}\"}}{waits}}}\n")
    };
    format!("{HEAD}resources:\n{}", (0..size).map(one).collect::<String>())
}

/// Topics, each of which depends on all before it.
pub fn dense(size: usize) -> String {
    let one = |n: usize| {
        let before: Vec<_> = (0..n).map(|n| format!("r{n}")).collect();
        format!("  r{n}: {{type: sns.topic, depends_on: [{}]}}\n", before.join(","))
    };
    format!("{HEAD}resources:\n{}", (0..size).map(one).collect::<String>())
}

/// Topics, and variables that are secret.
pub fn with_secrets(size: usize, secrets: usize) -> String {
    let one = |n: usize| format!("  s{n}: {{secret: true, default: \"{:016x}-{n}\"}}\n", mixed_up(n as u64));
    let vars =
        if secrets > 0 { format!("vars:\n{}", (0..secrets).map(one).collect::<String>()) } else { String::new() };
    topics(size).replace("resources:", &format!("{vars}resources:"))
}

/// Digits that look like chance and are the same each time (the finalizer of SplitMix64).
fn mixed_up(n: u64) -> u64 {
    let n = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    n ^ (n >> 31)
}
