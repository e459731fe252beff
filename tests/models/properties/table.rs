//! Which member of AWS's models each property of each kind becomes, or why none.

/// For each kind its properties: `[]` is an element of a list, `{key}` and `{value}` are those of a map. After the
/// property comes the member, `service:Operation.Member`, or `-` and why there is none to compare with.
pub const TABLE: &str = "
sqs.queue
  name                          sqs:CreateQueue.QueueName
  fifo                          - an attribute whose value the model does not describe
  content_based_deduplication   - an attribute whose value the model does not describe
  deduplication_scope           - an attribute whose value the model does not describe
  fifo_throughput_limit         - an attribute whose value the model does not describe
  visibility_timeout_seconds    - an attribute whose value the model does not describe
  message_retention_seconds     - an attribute whose value the model does not describe
  delay_seconds                 - an attribute whose value the model does not describe
  max_message_bytes             - an attribute whose value the model does not describe
  receive_wait_time_seconds     - an attribute whose value the model does not describe
  policy                        - an attribute whose value the model does not describe
  dead_letter.target_arn        - an attribute whose value the model does not describe
  dead_letter.max_receive_count - an attribute whose value the model does not describe
  redrive_allow_policy.permission - an attribute whose value the model does not describe
  redrive_allow_policy.source_queue_arns[] - an attribute whose value the model does not describe
  sqs_managed_sse               - an attribute whose value the model does not describe
  kms_key                       - an attribute whose value the model does not describe
  kms_data_key_reuse_seconds    - an attribute whose value the model does not describe
  tags{key}                     sqs:CreateQueue.tags{key}
  tags{value}                   sqs:CreateQueue.tags{value}

sns.topic
  name                          sns:CreateTopic.Name
  display_name                  - an attribute whose value the model does not describe
  policy                        - an attribute whose value the model does not describe
  kms_key                       - an attribute whose value the model does not describe
  fifo                          - an attribute whose value the model does not describe
  content_based_deduplication   - an attribute whose value the model does not describe
  max_message_bytes             - an attribute whose value the model does not describe
  subscriptions[].protocol      sns:Subscribe.Protocol
  subscriptions[].endpoint      sns:Subscribe.Endpoint
  subscriptions[].filter_policy - an attribute whose value the model does not describe
  subscriptions[].filter_policy_scope - an attribute whose value the model does not describe
  subscriptions[].dead_letter_arn - an attribute whose value the model does not describe
  subscriptions[].raw           - an attribute whose value the model does not describe
  tags{key}                     sns:CreateTopic.Tags[].Key
  tags{value}                   sns:CreateTopic.Tags[].Value

ses.identity
  email                         sesv2:CreateEmailIdentity.EmailIdentity
  domain                        sesv2:CreateEmailIdentity.EmailIdentity
  tags{key}                     sesv2:CreateEmailIdentity.Tags[].Key
  tags{value}                   sesv2:CreateEmailIdentity.Tags[].Value

iam.policy
  name                          iam:CreatePolicy.PolicyName
  description                   iam:CreatePolicy.Description
  document                      - a document; its characters and size are of the facts
  tags{key}                     iam:CreatePolicy.Tags[].Key
  tags{value}                   iam:CreatePolicy.Tags[].Value

iam.role
  name                          iam:CreateRole.RoleName
  description                   iam:CreateRole.Description
  assumed_by[]                  - a part of the document that the model knows as a text
  trust_policy                  - a document; its characters and size are of the facts
  policies[]                    iam:AttachRolePolicy.PolicyArn
  inline_policies{key}          iam:PutRolePolicy.PolicyName
  inline_policies{value}        - a document; its characters and size are of the facts
  max_session_seconds           iam:CreateRole.MaxSessionDuration
  permissions_boundary          iam:CreateRole.PermissionsBoundary
  tags{key}                     iam:CreateRole.Tags[].Key
  tags{value}                   iam:CreateRole.Tags[].Value

iam.instance_profile
  name                          iam:CreateInstanceProfile.InstanceProfileName
  role                          iam:AddRoleToInstanceProfile.RoleName
  tags{key}                     iam:CreateInstanceProfile.Tags[].Key
  tags{value}                   iam:CreateInstanceProfile.Tags[].Value

iam.group
  name                          iam:CreateGroup.GroupName
  policies[]                    iam:AttachGroupPolicy.PolicyArn
  inline_policies{key}          iam:PutGroupPolicy.PolicyName
  inline_policies{value}        - a document; its characters and size are of the facts

iam.user
  name                          iam:CreateUser.UserName
  groups[]                      iam:AddUserToGroup.GroupName
  policies[]                    iam:AttachUserPolicy.PolicyArn
  inline_policies{key}          iam:PutUserPolicy.PolicyName
  inline_policies{value}        - a document; its characters and size are of the facts
  permissions_boundary          iam:CreateUser.PermissionsBoundary
  console_password              - whether there is one; the password is made here
  access_key                    - whether there is one
  tags{key}                     iam:CreateUser.Tags[].Key
  tags{value}                   iam:CreateUser.Tags[].Value

lambda.layer
  name                          lambda:PublishLayerVersion.LayerName
  code                          - a folder or file of this computer
  code_sha256                   - computed
  code_s3.bucket                lambda:PublishLayerVersion.Content.S3Bucket
  code_s3.key                   lambda:PublishLayerVersion.Content.S3Key
  code_s3.version               lambda:PublishLayerVersion.Content.S3ObjectVersion
  description                   lambda:PublishLayerVersion.Description
  compatible_runtimes[]         lambda:PublishLayerVersion.CompatibleRuntimes[]
  compatible_architectures[]    lambda:PublishLayerVersion.CompatibleArchitectures[]
  license                       lambda:PublishLayerVersion.LicenseInfo

lambda.function
  name                          lambda:CreateFunction.FunctionName
  runtime                       lambda:CreateFunction.Runtime
  handler                       lambda:CreateFunction.Handler
  role                          lambda:CreateFunction.Role
  code                          - a folder or file of this computer
  code_s3.bucket                lambda:CreateFunction.Code.S3Bucket
  code_s3.key                   lambda:CreateFunction.Code.S3Key
  code_s3.version               lambda:CreateFunction.Code.S3ObjectVersion
  image_uri                     lambda:CreateFunction.Code.ImageUri
  image_config.command[]        lambda:CreateFunction.ImageConfig.Command[]
  image_config.entry_point[]    lambda:CreateFunction.ImageConfig.EntryPoint[]
  image_config.working_directory lambda:CreateFunction.ImageConfig.WorkingDirectory
  log_group                     lambda:CreateFunction.LoggingConfig.LogGroup
  code_sha256                   - computed
  description                   lambda:CreateFunction.Description
  memory_mib                    lambda:CreateFunction.MemorySize
  timeout_seconds               lambda:CreateFunction.Timeout
  environment{key}              lambda:CreateFunction.Environment.Variables{key}
  environment{value}            lambda:CreateFunction.Environment.Variables{value}
  architecture                  lambda:CreateFunction.Architectures[]
  layers[]                      lambda:CreateFunction.Layers[]
  ephemeral_storage_mib         lambda:CreateFunction.EphemeralStorage.Size
  vpc.subnet_ids[]              lambda:CreateFunction.VpcConfig.SubnetIds[]
  vpc.security_group_ids[]      lambda:CreateFunction.VpcConfig.SecurityGroupIds[]
  tracing                       lambda:CreateFunction.TracingConfig.Mode
  dead_letter_arn               lambda:CreateFunction.DeadLetterConfig.TargetArn
  reserved_concurrency          lambda:PutFunctionConcurrency.ReservedConcurrentExecutions
  function_url.auth             - in cloud101's own words, of which each becomes one of the model's
  function_url.cors.allow_origins[]   lambda:CreateFunctionUrlConfig.Cors.AllowOrigins[]
  function_url.cors.allow_methods[]   lambda:CreateFunctionUrlConfig.Cors.AllowMethods[]
  function_url.cors.allow_headers[]   lambda:CreateFunctionUrlConfig.Cors.AllowHeaders[]
  function_url.cors.expose_headers[]  lambda:CreateFunctionUrlConfig.Cors.ExposeHeaders[]
  function_url.cors.allow_credentials lambda:CreateFunctionUrlConfig.Cors.AllowCredentials
  function_url.cors.max_age_seconds   lambda:CreateFunctionUrlConfig.Cors.MaxAge
  permissions[].principal       lambda:AddPermission.Principal
  permissions[].source_arn      lambda:AddPermission.SourceArn
  permissions[].source_account  lambda:AddPermission.SourceAccount
  permissions[].principal_org_id lambda:AddPermission.PrincipalOrgID
  permissions[].action          lambda:AddPermission.Action
  log_retention_days            - the API's text names the days, the model does not
  tags{key}                     - Lambda's tags are texts without rules in the model
  tags{value}                   - Lambda's tags are texts without rules in the model

s3.bucket
  name                          s3:CreateBucket.Bucket
  namespace                     - in cloud101's own words, of which each becomes one of the model's
  versioning                    - true or false
  encryption.algorithm          s3:PutBucketEncryption.ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.SSEAlgorithm
  encryption.kms_key            s3:PutBucketEncryption.ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID
  encryption.bucket_key         s3:PutBucketEncryption.ServerSideEncryptionConfiguration.Rules[].BucketKeyEnabled
  public_access_block.block_public_acls       s3:PutPublicAccessBlock.PublicAccessBlockConfiguration.BlockPublicAcls
  public_access_block.ignore_public_acls      s3:PutPublicAccessBlock.PublicAccessBlockConfiguration.IgnorePublicAcls
  public_access_block.block_public_policy     s3:PutPublicAccessBlock.PublicAccessBlockConfiguration.BlockPublicPolicy
  public_access_block.restrict_public_buckets s3:PutPublicAccessBlock.PublicAccessBlockConfiguration.RestrictPublicBuckets
  object_ownership              s3:PutBucketOwnershipControls.OwnershipControls.Rules[].ObjectOwnership
  policy                        - a document; its characters and size are of the facts
  lifecycle_rules[].id          s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].ID
  lifecycle_rules[].enabled     - true or false
  lifecycle_rules[].prefix      s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Filter.Prefix
  lifecycle_rules[].tags{key}   s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Filter.And.Tags[].Key
  lifecycle_rules[].tags{value} s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Filter.And.Tags[].Value
  lifecycle_rules[].object_size_greater_than s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Filter.ObjectSizeGreaterThan
  lifecycle_rules[].object_size_less_than    s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Filter.ObjectSizeLessThan
  lifecycle_rules[].expire_after_days        s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Expiration.Days
  lifecycle_rules[].expire_on                s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Expiration.Date
  lifecycle_rules[].expire_delete_markers    s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Expiration.ExpiredObjectDeleteMarker
  lifecycle_rules[].transitions[].days          s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Transitions[].Days
  lifecycle_rules[].transitions[].date          s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Transitions[].Date
  lifecycle_rules[].transitions[].storage_class s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].Transitions[].StorageClass
  lifecycle_rules[].noncurrent_expire_after_days s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].NoncurrentVersionExpiration.NoncurrentDays
  lifecycle_rules[].noncurrent_keep_versions     s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].NoncurrentVersionExpiration.NewerNoncurrentVersions
  lifecycle_rules[].noncurrent_transitions[].days          s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].NoncurrentVersionTransitions[].NoncurrentDays
  lifecycle_rules[].noncurrent_transitions[].keep_versions s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].NoncurrentVersionTransitions[].NewerNoncurrentVersions
  lifecycle_rules[].noncurrent_transitions[].storage_class s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].NoncurrentVersionTransitions[].StorageClass
  lifecycle_rules[].abort_multipart_after_days   s3:PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules[].AbortIncompleteMultipartUpload.DaysAfterInitiation
  transition_default_minimum_object_size s3:PutBucketLifecycleConfiguration.TransitionDefaultMinimumObjectSize
  event_bridge                   - an empty structure, there or not
  cors_rules[].id                s3:PutBucketCors.CORSConfiguration.CORSRules[].ID
  cors_rules[].allowed_origins[] s3:PutBucketCors.CORSConfiguration.CORSRules[].AllowedOrigins[]
  cors_rules[].allowed_methods[] s3:PutBucketCors.CORSConfiguration.CORSRules[].AllowedMethods[]
  cors_rules[].allowed_headers[] s3:PutBucketCors.CORSConfiguration.CORSRules[].AllowedHeaders[]
  cors_rules[].expose_headers[]  s3:PutBucketCors.CORSConfiguration.CORSRules[].ExposeHeaders[]
  cors_rules[].max_age_seconds   s3:PutBucketCors.CORSConfiguration.CORSRules[].MaxAgeSeconds
  website.index_document         s3:PutBucketWebsite.WebsiteConfiguration.IndexDocument.Suffix
  website.error_document         s3:PutBucketWebsite.WebsiteConfiguration.ErrorDocument.Key
  website.redirect_all_requests_to.host_name s3:PutBucketWebsite.WebsiteConfiguration.RedirectAllRequestsTo.HostName
  website.redirect_all_requests_to.protocol  s3:PutBucketWebsite.WebsiteConfiguration.RedirectAllRequestsTo.Protocol
  website.routing_rules[].condition.key_prefix_equals               s3:PutBucketWebsite.WebsiteConfiguration.RoutingRules[].Condition.KeyPrefixEquals
  website.routing_rules[].condition.http_error_code_returned_equals s3:PutBucketWebsite.WebsiteConfiguration.RoutingRules[].Condition.HttpErrorCodeReturnedEquals
  website.routing_rules[].redirect.host_name               s3:PutBucketWebsite.WebsiteConfiguration.RoutingRules[].Redirect.HostName
  website.routing_rules[].redirect.protocol                s3:PutBucketWebsite.WebsiteConfiguration.RoutingRules[].Redirect.Protocol
  website.routing_rules[].redirect.http_redirect_code      s3:PutBucketWebsite.WebsiteConfiguration.RoutingRules[].Redirect.HttpRedirectCode
  website.routing_rules[].redirect.replace_key_prefix_with s3:PutBucketWebsite.WebsiteConfiguration.RoutingRules[].Redirect.ReplaceKeyPrefixWith
  website.routing_rules[].redirect.replace_key_with        s3:PutBucketWebsite.WebsiteConfiguration.RoutingRules[].Redirect.ReplaceKeyWith
  logging.target_bucket          s3:PutBucketLogging.BucketLoggingStatus.LoggingEnabled.TargetBucket
  logging.target_prefix          s3:PutBucketLogging.BucketLoggingStatus.LoggingEnabled.TargetPrefix
  notifications[].id             s3:PutBucketNotificationConfiguration.NotificationConfiguration.TopicConfigurations[].Id
  notifications[].lambda         s3:PutBucketNotificationConfiguration.NotificationConfiguration.LambdaFunctionConfigurations[].LambdaFunctionArn
  notifications[].sns            s3:PutBucketNotificationConfiguration.NotificationConfiguration.TopicConfigurations[].TopicArn
  notifications[].sqs            s3:PutBucketNotificationConfiguration.NotificationConfiguration.QueueConfigurations[].QueueArn
  notifications[].events[]       s3:PutBucketNotificationConfiguration.NotificationConfiguration.TopicConfigurations[].Events[]
  notifications[].prefix         s3:PutBucketNotificationConfiguration.NotificationConfiguration.TopicConfigurations[].Filter.Key.FilterRules[].Value
  notifications[].suffix         s3:PutBucketNotificationConfiguration.NotificationConfiguration.TopicConfigurations[].Filter.Key.FilterRules[].Value
  empty_on_destroy               - what destroy may do
  tags{key}                      s3:PutBucketTagging.Tagging.TagSet[].Key
  tags{value}                    s3:PutBucketTagging.Tagging.TagSet[].Value

s3.object
  bucket                         s3:PutObject.Bucket
  key                            s3:PutObject.Key
  source                         - a file of this computer
  content                        - the body
  content_sha256                 - computed
  content_type                   s3:PutObject.ContentType
  cache_control                  s3:PutObject.CacheControl
  metadata{key}                  s3:PutObject.Metadata{key}
  metadata{value}                s3:PutObject.Metadata{value}
  storage_class                  s3:PutObject.StorageClass
  tags{key}                      s3:PutObjectTagging.Tagging.TagSet[].Key
  tags{value}                    s3:PutObjectTagging.Tagging.TagSet[].Value

ec2.key_pair
  name                           ec2:ImportKeyPair.KeyName
  public_key                     - bytes
  tags{key}                      ec2:ImportKeyPair.TagSpecifications[].Tags[].Key
  tags{value}                    ec2:ImportKeyPair.TagSpecifications[].Tags[].Value

ec2.security_group
  name                           ec2:CreateSecurityGroup.GroupName
  description                    ec2:CreateSecurityGroup.Description
  vpc_id                         ec2:CreateSecurityGroup.VpcId
  ingress[].protocol             ec2:AuthorizeSecurityGroupIngress.IpPermissions[].IpProtocol
  ingress[].port                 ec2:AuthorizeSecurityGroupIngress.IpPermissions[].FromPort
  ingress[].ports                - a range, which becomes two numbers without rules
  ingress[].icmp_type            ec2:AuthorizeSecurityGroupIngress.IpPermissions[].FromPort
  ingress[].icmp_code            ec2:AuthorizeSecurityGroupIngress.IpPermissions[].ToPort
  ingress[].cidr                 ec2:AuthorizeSecurityGroupIngress.IpPermissions[].IpRanges[].CidrIp
  ingress[].ipv6                 ec2:AuthorizeSecurityGroupIngress.IpPermissions[].Ipv6Ranges[].CidrIpv6
  ingress[].security_group       ec2:AuthorizeSecurityGroupIngress.IpPermissions[].UserIdGroupPairs[].GroupId
  ingress[].prefix_list          ec2:AuthorizeSecurityGroupIngress.IpPermissions[].PrefixListIds[].PrefixListId
  ingress[].description          ec2:AuthorizeSecurityGroupIngress.IpPermissions[].IpRanges[].Description
  egress[].protocol              ec2:AuthorizeSecurityGroupEgress.IpPermissions[].IpProtocol
  egress[].port                  ec2:AuthorizeSecurityGroupEgress.IpPermissions[].FromPort
  egress[].ports                 - a range, which becomes two numbers without rules
  egress[].icmp_type             ec2:AuthorizeSecurityGroupEgress.IpPermissions[].FromPort
  egress[].icmp_code             ec2:AuthorizeSecurityGroupEgress.IpPermissions[].ToPort
  egress[].cidr                  ec2:AuthorizeSecurityGroupEgress.IpPermissions[].IpRanges[].CidrIp
  egress[].ipv6                  ec2:AuthorizeSecurityGroupEgress.IpPermissions[].Ipv6Ranges[].CidrIpv6
  egress[].security_group        ec2:AuthorizeSecurityGroupEgress.IpPermissions[].UserIdGroupPairs[].GroupId
  egress[].prefix_list           ec2:AuthorizeSecurityGroupEgress.IpPermissions[].PrefixListIds[].PrefixListId
  egress[].description           ec2:AuthorizeSecurityGroupEgress.IpPermissions[].IpRanges[].Description
  tags{key}                      ec2:CreateSecurityGroup.TagSpecifications[].Tags[].Key
  tags{value}                    ec2:CreateSecurityGroup.TagSpecifications[].Tags[].Value

ec2.instance
  name                           - the tag `Name`
  image                          - a name, a parameter or an id, of which the API gets the id
  instance_type                  ec2:RunInstances.InstanceType
  state                          - what StartInstances and StopInstances are called for
  key_name                       ec2:RunInstances.KeyName
  subnet_id                      ec2:RunInstances.SubnetId
  security_group_ids[]           ec2:RunInstances.SecurityGroupIds[]
  instance_profile               ec2:RunInstances.IamInstanceProfile.Name
  user_data_file                 - a file of this computer
  user_data                      - goes as base64; its size is of the facts
  root_volume.size_gib           ec2:RunInstances.BlockDeviceMappings[].Ebs.VolumeSize
  root_volume.type               ec2:RunInstances.BlockDeviceMappings[].Ebs.VolumeType
  root_volume.iops               ec2:RunInstances.BlockDeviceMappings[].Ebs.Iops
  root_volume.throughput         ec2:RunInstances.BlockDeviceMappings[].Ebs.Throughput
  root_volume.encrypted          ec2:RunInstances.BlockDeviceMappings[].Ebs.Encrypted
  volumes[].device               ec2:RunInstances.BlockDeviceMappings[].DeviceName
  volumes[].size_gib             ec2:RunInstances.BlockDeviceMappings[].Ebs.VolumeSize
  volumes[].snapshot_id          ec2:RunInstances.BlockDeviceMappings[].Ebs.SnapshotId
  volumes[].type                 ec2:RunInstances.BlockDeviceMappings[].Ebs.VolumeType
  volumes[].iops                 ec2:RunInstances.BlockDeviceMappings[].Ebs.Iops
  volumes[].throughput           ec2:RunInstances.BlockDeviceMappings[].Ebs.Throughput
  volumes[].encrypted            ec2:RunInstances.BlockDeviceMappings[].Ebs.Encrypted
  volumes[].delete_with_instance ec2:RunInstances.BlockDeviceMappings[].Ebs.DeleteOnTermination
  public_ip                      ec2:RunInstances.NetworkInterfaces[].AssociatePublicIpAddress
  metadata_options.http_tokens                 ec2:RunInstances.MetadataOptions.HttpTokens
  metadata_options.http_put_response_hop_limit ec2:RunInstances.MetadataOptions.HttpPutResponseHopLimit
  metadata_options.http_endpoint               ec2:RunInstances.MetadataOptions.HttpEndpoint
  metadata_options.instance_metadata_tags      ec2:RunInstances.MetadataOptions.InstanceMetadataTags
  termination_protection         ec2:RunInstances.DisableApiTermination
  shutdown_behavior              ec2:RunInstances.InstanceInitiatedShutdownBehavior
  cpu_credits                    ec2:RunInstances.CreditSpecification.CpuCredits
  spot                           - true or false
  tags{key}                      ec2:RunInstances.TagSpecifications[].Tags[].Key
  tags{value}                    ec2:RunInstances.TagSpecifications[].Tags[].Value

ec2.elastic_ip
  name                           - the tag `Name`
  instance                       ec2:AssociateAddress.InstanceId
  tags{key}                      ec2:AllocateAddress.TagSpecifications[].Tags[].Key
  tags{value}                    ec2:AllocateAddress.TagSpecifications[].Tags[].Value

ec2.volume
  name                           - the tag `Name`
  size_gib                       ec2:CreateVolume.Size
  volume_type                    ec2:CreateVolume.VolumeType
  iops                           ec2:CreateVolume.Iops
  throughput                     ec2:CreateVolume.Throughput
  encrypted                      ec2:CreateVolume.Encrypted
  snapshot_id                    ec2:CreateVolume.SnapshotId
  availability_zone              ec2:CreateVolume.AvailabilityZone
  instance                       ec2:AttachVolume.InstanceId
  device                         ec2:AttachVolume.Device
  tags{key}                      ec2:CreateVolume.TagSpecifications[].Tags[].Key
  tags{value}                    ec2:CreateVolume.TagSpecifications[].Tags[].Value
";

/// What must stand around a property, by the beginning of its path, so that it can be tried. Later ones go before.
pub const AROUND: &[(&str, &str, &str)] = &[
    ("lambda.layer", "code_s3", r#"{"code":null,"code_s3":{"bucket":"a-bucket","key":"code.zip"}}"#),
    ("lambda.function", "code_s3", r#"{"code":null,"code_s3":{"bucket":"a-bucket","key":"code.zip"}}"#),
    (
        "lambda.function",
        "image_",
        r#"{"code":null,"runtime":null,"handler":null,"image_uri":"123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1"}"#,
    ),
    ("s3.bucket", "transition_default", r#"{"lifecycle_rules":[{"id":"a","expire_after_days":400}]}"#),
    ("sns.topic", "subscriptions", r#"{"subscriptions":[{"protocol":"email","endpoint":"ana@example.edu"}]}"#),
    ("ses.identity", "domain", r#"{"email":null,"domain":"example.edu"}"#),
    (
        "iam.role",
        "inline_policies",
        r#"{"inline_policies":{"read":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}}}"#,
    ),
    (
        "iam.group",
        "inline_policies",
        r#"{"inline_policies":{"read":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}}}"#,
    ),
    (
        "iam.user",
        "inline_policies",
        r#"{"inline_policies":{"read":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}}}"#,
    ),
    ("iam.role", "trust_policy", r#"{"assumed_by":null}"#),
    (
        "lambda.function",
        "vpc",
        r#"{"vpc":{"subnet_ids":["subnet-0abcdef1234567890"],"security_group_ids":["sg-0123456789abcdef0"]}}"#,
    ),
    (
        "lambda.function",
        "function_url",
        r#"{"function_url":{"auth":"none","cors":{"allow_origins":["https://example.edu"]}}}"#,
    ),
    (
        "lambda.function",
        "permissions",
        r#"{"permissions":[{"principal":"sns.amazonaws.com","source_arn":"arn:aws:sns:us-east-1:123456789012:t"}]}"#,
    ),
    (
        "lambda.function",
        "permissions[].source_account",
        r#"{"permissions":[{"principal":"s3.amazonaws.com","source_arn":"arn:aws:s3:::b","source_account":"123456789012"}]}"#,
    ),
    (
        "lambda.function",
        "permissions[].principal_org_id",
        r#"{"permissions":[{"principal":"*","principal_org_id":"o-a1b2c3d4e5"}]}"#,
    ),
    ("s3.bucket", "encryption.kms_key", r#"{"encryption":{"algorithm":"aws:kms"}}"#),
    ("s3.bucket", "encryption.bucket_key", r#"{"encryption":{"algorithm":"aws:kms"}}"#),
    ("s3.bucket", "lifecycle_rules", r#"{"versioning":true,"lifecycle_rules":[{"id":"a","expire_after_days":400}]}"#),
    ("s3.bucket", "lifecycle_rules[].expire_on", r#"{"lifecycle_rules":[{"id":"a"}]}"#),
    ("s3.bucket", "lifecycle_rules[].expire_delete_markers", r#"{"lifecycle_rules":[{"id":"a"}]}"#),
    (
        "s3.bucket",
        "lifecycle_rules[].transitions",
        r#"{"lifecycle_rules":[{"id":"a","transitions":[{"days":100,"storage_class":"GLACIER"}]}]}"#,
    ),
    (
        "s3.bucket",
        "lifecycle_rules[].transitions[].date",
        r#"{"lifecycle_rules":[{"id":"a","transitions":[{"date":"2031-01-01","storage_class":"GLACIER"}]}]}"#,
    ),
    (
        "s3.bucket",
        "lifecycle_rules[].noncurrent_keep_versions",
        r#"{"lifecycle_rules":[{"id":"a","noncurrent_expire_after_days":400}]}"#,
    ),
    (
        "s3.bucket",
        "lifecycle_rules[].noncurrent_transitions",
        r#"{"lifecycle_rules":[{"id":"a","noncurrent_transitions":[{"days":100,"storage_class":"GLACIER"}]}]}"#,
    ),
    (
        "s3.bucket",
        "cors_rules",
        r#"{"cors_rules":[{"allowed_origins":["https://example.edu"],"allowed_methods":["GET"]}]}"#,
    ),
    ("s3.bucket", "website", r#"{"website":{"index_document":"index.html"}}"#),
    (
        "s3.bucket",
        "website.redirect_all_requests_to",
        r#"{"website":{"index_document":null,"redirect_all_requests_to":{"host_name":"www.example.edu"}}}"#,
    ),
    (
        "s3.bucket",
        "website.routing_rules",
        r#"{"website":{"index_document":"index.html","routing_rules":[{"condition":{"key_prefix_equals":"a/"},"redirect":{"replace_key_prefix_with":"b/"}}]}}"#,
    ),
    (
        "s3.bucket",
        "website.routing_rules[].redirect.replace_key_with",
        r#"{"website":{"index_document":"index.html","routing_rules":[{"condition":{"key_prefix_equals":"a/"},"redirect":{"host_name":"www.example.edu"}}]}}"#,
    ),
    ("s3.bucket", "logging", r#"{"logging":{"target_bucket":"other-bucket","target_prefix":"logs/"}}"#),
    (
        "s3.bucket",
        "notifications",
        r#"{"notifications":[{"sns":"arn:aws:sns:us-east-1:123456789012:t","events":["s3:ObjectCreated:*"]}]}"#,
    ),
    (
        "s3.bucket",
        "notifications[].lambda",
        r#"{"notifications":[{"lambda":"arn:aws:lambda:us-east-1:123456789012:function:f","events":["s3:ObjectCreated:*"]}]}"#,
    ),
    (
        "s3.bucket",
        "notifications[].sqs",
        r#"{"notifications":[{"sqs":"arn:aws:sqs:us-east-1:123456789012:q","events":["s3:ObjectCreated:*"]}]}"#,
    ),
    ("s3.object", "source", r#"{"content":null}"#),
    ("ec2.security_group", "ingress", r#"{"ingress":[{"protocol":"tcp","port":22,"cidr":"192.0.2.0/24"}]}"#),
    ("ec2.security_group", "ingress[].ipv6", r#"{"ingress":[{"protocol":"tcp","port":22}]}"#),
    ("ec2.security_group", "ingress[].security_group", r#"{"ingress":[{"protocol":"tcp","port":22}]}"#),
    ("ec2.security_group", "ingress[].prefix_list", r#"{"ingress":[{"protocol":"tcp","port":22}]}"#),
    (
        "ec2.security_group",
        "ingress[].icmp",
        r#"{"ingress":[{"protocol":"icmp","icmp_type":8,"cidr":"192.0.2.0/24"}]}"#,
    ),
    ("ec2.security_group", "egress", r#"{"egress":[{"protocol":"tcp","port":22,"cidr":"192.0.2.0/24"}]}"#),
    ("ec2.security_group", "egress[].ipv6", r#"{"egress":[{"protocol":"tcp","port":22}]}"#),
    ("ec2.security_group", "egress[].security_group", r#"{"egress":[{"protocol":"tcp","port":22}]}"#),
    ("ec2.security_group", "egress[].prefix_list", r#"{"egress":[{"protocol":"tcp","port":22}]}"#),
    ("ec2.security_group", "egress[].icmp", r#"{"egress":[{"protocol":"icmp","icmp_type":8,"cidr":"192.0.2.0/24"}]}"#),
    ("ec2.instance", "volumes", r#"{"volumes":[{"device":"/dev/sdf","size_gib":100,"type":"gp3"}]}"#),
    (
        "ec2.instance",
        "volumes[].iops",
        r#"{"volumes":[{"device":"/dev/sdf","size_gib":1000,"type":"io2","iops":3000}]}"#,
    ),
    ("ec2.instance", "root_volume.iops", r#"{"root_volume":{"size_gib":1000,"type":"io2","iops":3000}}"#),
];

/// What is tried where the example refers to something.
pub const LITERAL: &[(&str, &str, &str)] = &[
    ("iam.role", "permissions_boundary", "arn:aws:iam::123456789012:policy/p"),
    ("iam.role", "policies[]", "arn:aws:iam::123456789012:policy/p"),
    ("iam.group", "policies[]", "arn:aws:iam::123456789012:policy/p"),
    ("iam.user", "permissions_boundary", "arn:aws:iam::123456789012:policy/p"),
    ("iam.user", "policies[]", "arn:aws:iam::123456789012:policy/p"),
    ("iam.user", "groups[]", "a-group"),
    ("iam.instance_profile", "role", "a-role"),
    ("lambda.function", "dead_letter_arn", "arn:aws:sns:us-east-1:123456789012:t"),
    ("lambda.function", "role", "arn:aws:iam::123456789012:role/r"),
    ("s3.object", "bucket", "a-bucket"),
    ("ec2.instance", "key_name", "a-key"),
    ("ec2.instance", "instance_profile", "a-profile"),
];
