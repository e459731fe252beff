//! What the calls of Lambda's kinds need: an action for each call of a kind, and what AWS checks besides.

use crate::resource::permission::{Allowed, Fence, Purpose};

/// Of `lambda.layer`.
pub fn layer() -> Vec<Allowed> {
    vec![
        Fence::see().allows(["lambda:GetLayerVersion", "lambda:ListLayerVersions", "lambda:ListLayers"]),
        layers_of_the_class().allows(["lambda:DeleteLayerVersion", "lambda:PublishLayerVersion"]),
        Fence::buckets_of_the_class().allows(["s3:GetObjectVersion"]),
    ]
}

/// Of `lambda.function`.
pub fn function() -> Vec<Allowed> {
    vec![
        Fence::see().allows([
            "ec2:DescribeSubnets",
            "lambda:GetFunction",
            "lambda:GetFunctionConfiguration",
            "lambda:GetFunctionUrlConfig",
            "lambda:GetPolicy",
            "lambda:ListAliases",
            "lambda:ListEventSourceMappings",
            "lambda:ListFunctions",
            "lambda:ListTags",
            "lambda:ListVersionsByFunction",
            "logs:DescribeLogGroups",
            "logs:ListTagsForResource",
        ]),
        make_functions_with_our_tag().allows(["lambda:CreateFunction"]),
        tag_functions().allows(["lambda:TagResource"]),
        change_functions_with_our_tag().allows([
            "lambda:AddPermission",
            "lambda:CreateFunctionUrlConfig",
            "lambda:DeleteFunction",
            "lambda:DeleteFunctionConcurrency",
            "lambda:DeleteFunctionUrlConfig",
            "lambda:InvokeFunction",
            "lambda:PutFunctionConcurrency",
            "lambda:RemovePermission",
            "lambda:UntagResource",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
            "lambda:UpdateFunctionUrlConfig",
        ]),
        images_of_functions().allows(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy"]),
        open_the_classes_images_to_lambda().allows(["ecr:SetRepositoryPolicy"]),
        logs_of_functions().allows([
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:DeleteRetentionPolicy",
            "logs:FilterLogEvents",
            "logs:GetLogEvents",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
        ]),
        Fence::buckets_of_the_class().allows(["s3:GetObjectVersion"]),
        Fence::roles_of_stacks_given().allows(["iam:PassRole"]),
    ]
}

fn layers_of_the_class() -> Fence {
    Fence::of("LayersOfTheClass", Purpose::Change)
        .on(["arn:aws:lambda:*:*:layer:cloud101*", "arn:aws:lambda:*:*:layer:cloud101*:*"])
}

fn make_functions_with_our_tag() -> Fence {
    Fence::of("MakeFunctionsWithOurTag", Purpose::Change).made_with_our_tag()
}

fn tag_functions() -> Fence {
    Fence::of("TagFunctions", Purpose::Change)
}

fn change_functions_with_our_tag() -> Fence {
    Fence::of("ChangeFunctionsWithOurTag", Purpose::Change).with_our_tag()
}

fn images_of_functions() -> Fence {
    Fence::of("ImagesOfFunctions", Purpose::Change).on(["arn:aws:ecr:*:*:repository/*"])
}

fn open_the_classes_images_to_lambda() -> Fence {
    Fence::of("OpenTheClassesImagesToLambda", Purpose::Change).on(["arn:aws:ecr:*:*:repository/cloud101/*"])
}

fn logs_of_functions() -> Fence {
    Fence::of("LogsOfFunctions", Purpose::Change).on(["arn:aws:logs:*:*:log-group:/aws/lambda/*"])
}
