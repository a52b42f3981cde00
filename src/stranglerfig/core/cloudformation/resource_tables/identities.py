"""Types of identities and their rights (pure).

Made by tools/gen_resource_types.py of the schemas of cfn-lint 1.58.0.
"""

from __future__ import annotations

TABLE = """\
AWS::IAM::Group
  create-only GroupName
  attributes Arn:s
  properties GroupName:s ManagedPolicyArns:<s> Path:s Policies:<{PolicyDocument!:j PolicyName!:s}>
AWS::IAM::GroupPolicy
  create-only GroupName PolicyName
  properties GroupName!:s PolicyDocument:j PolicyName!:s
AWS::IAM::InstanceProfile
  create-only InstanceProfileName Path
  attributes Arn:s
  properties InstanceProfileName:s Path:s Roles!:<s>
AWS::IAM::ManagedPolicy
  create-only Description ManagedPolicyName Path
  attributes AttachmentCount:i CreateDate:s DefaultVersionId:s IsAttachable:b PermissionsBoundaryUsageCount:i
    PolicyArn:s PolicyId:s UpdateDate:s
  properties Description:s Groups:<s> ManagedPolicyName:s Path:s PolicyDocument!:j Roles:<s> Users:<s>
AWS::IAM::Policy
  attributes Id:s
  properties Groups:<s> PolicyDocument!:j PolicyName!:s Roles:<s> Users:<s>
AWS::IAM::Role
  create-only Path RoleName
  attributes Arn:s RoleId:s
  properties AssumeRolePolicyDocument!:j Description:s ManagedPolicyArns:<s> MaxSessionDuration:i Path:s
    PermissionsBoundary:s Policies:<{PolicyDocument!:j PolicyName!:s}> RoleName:s Tags:<{Key!:s Value!:s}>
AWS::IAM::RolePolicy
  create-only PolicyName RoleName
  properties PolicyDocument:j PolicyName!:s RoleName!:s
AWS::IAM::ServiceLinkedRole
  create-only AWSServiceName CustomSuffix
  attributes RoleName:s
  properties AWSServiceName:s CustomSuffix:s Description:s
AWS::IAM::User
  create-only UserName
  attributes Arn:s
  properties Groups:<s> LoginProfile:{Password!:s PasswordResetRequired:b} ManagedPolicyArns:<s> Path:s
    PermissionsBoundary:s Policies:<{PolicyDocument!:j PolicyName!:s}> Tags:<{Key!:s Value!:s}> UserName:s
AWS::IAM::UserPolicy
  create-only PolicyName UserName
  properties PolicyDocument:j PolicyName!:s UserName!:s
AWS::IAM::UserToGroupAddition
  attributes Id:s
  properties GroupName!:s Users!:[s]
"""
