"""Answers which of the copies are still there."""

name = sys.argv[1]
copies = {f"{name}-{other}" for other in ("two", "TOPIC", "FUNCTION", "FIREWALL", "KEY", "copy", "two:1", "layer:2")}
iam, ec2 = client("iam"), client("ec2")
there = [topic["TopicArn"].rsplit(":", 1)[-1] for topic in every("sns", "list_topics", "Topics")]
there += [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]
there += [role["RoleName"] for role in every("iam", "list_roles", "Roles")]
there += [policy["PolicyName"] for policy in every("iam", "list_policies", "Policies", Scope="Local")]
there += [profile["InstanceProfileName"] for profile in every("iam", "list_instance_profiles", "InstanceProfiles")]
there += [user["UserName"] for user in every("iam", "list_users", "Users")]
there += [group["GroupName"] for group in every("iam", "list_groups", "Groups")]
there += [function["FunctionName"] for function in every("lambda", "list_functions", "Functions")]
for layer in every("lambda", "list_layers", "Layers"):
    versions = client("lambda").list_layer_versions(LayerName=layer["LayerName"])["LayerVersions"]
    there += [f"{layer['LayerName']}:{one['Version']}" for one in versions]
there += [group["GroupName"] for group in ec2.describe_security_groups()["SecurityGroups"]]
there += [pair["KeyName"] for pair in ec2.describe_key_pairs()["KeyPairs"]]
objects = client("s3").list_objects_v2(Bucket=f"{name}-bucket").get("Contents", []) if len(sys.argv) > 2 else []
answer(sorted(one for one in there if one in copies) + sorted(one["Key"] for one in objects))
