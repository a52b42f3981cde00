"""Types of what services run in (pure).

Made by tools/gen_resource_types.py of the schemas of cfn-lint 1.58.0.
"""

from __future__ import annotations

TABLE = """\
AWS::ECS::Cluster
  create-only ClusterName
  attributes Arn:s
  properties CapacityProviders:[s] ClusterName:s ClusterSettings:[{Name:s Value:s}]
    Configuration:{ExecuteCommandConfiguration:{KmsKeyId:s LogConfiguration:{CloudWatchEncryptionEnabled:b
    CloudWatchLogGroupName:s S3BucketName:s S3EncryptionEnabled:b S3KeyPrefix:s} Logging:s}
    ManagedStorageConfiguration:{FargateEphemeralStorageKmsKeyId:s KmsKeyId:s}}
    DefaultCapacityProviderStrategy:[{Base:i CapacityProvider:s Weight:i}] ServiceConnectDefaults:{Namespace:s}
    Tags:[{Key:s Value:s}]
AWS::ECS::ClusterCapacityProviderAssociations
  create-only Cluster
  properties CapacityProviders:[s] Cluster!:s DefaultCapacityProviderStrategy!:[{Base:i CapacityProvider!:s Weight:i}]
AWS::Logs::LogGroup
  create-only LogGroupName
  attributes Arn:s
  properties BearerTokenAuthenticationEnabled:b DataProtectionPolicy:j DeletionProtectionEnabled:b
    FieldIndexPolicies:<j> KmsKeyId:s LogGroupClass:s LogGroupName:s ResourcePolicyDocument:j RetentionInDays:i
    Tags:<{Key!:s Value!:s}>
AWS::Logs::LogStream
  create-only LogGroupName LogStreamName
  properties LogGroupName!:s LogStreamName:s
AWS::ServiceDiscovery::PrivateDnsNamespace
  create-only Name Vpc
  attributes Arn:s HostedZoneId:s Id:s
  properties Description:s Name!:s Properties:{DnsProperties:{SOA:{TTL:n}}} Tags:<{Key!:s Value!:s}> Vpc:s
AWS::ServiceDiscovery::Service
  create-only HealthCheckCustomConfig Name NamespaceId Type
  attributes Arn:s Id:s Name:s
  properties Description:s DnsConfig:{DnsRecords!:[{TTL!:n Type!:s}] NamespaceId:s RoutingPolicy:s}
    HealthCheckConfig:{FailureThreshold:n ResourcePath:s Type!:s} HealthCheckCustomConfig:{FailureThreshold:n} Name:s
    NamespaceId:s ServiceAttributes:j Tags:<{Key!:s Value!:s}> Type:s
"""
