"""Properties that no update changes in place, by type. Pure.

Made by tools/gen_fixed_properties.py of the schemas of cfn-lint 1.58.0.
"""

from __future__ import annotations

TABLE = """\
AWS::AppRunner::Service
  create-only EncryptionConfiguration ServiceName Tags
AWS::ApplicationAutoScaling::ScalableTarget
  create-only ResourceId ScalableDimension ServiceNamespace
AWS::ApplicationAutoScaling::ScalingPolicy
  create-only PolicyName ResourceId ScalableDimension ScalingTargetId ServiceNamespace
AWS::CertificateManager::Certificate
  create-only CertificateAuthorityArn CertificateExport DomainName DomainValidationOptions KeyAlgorithm
    SubjectAlternativeNames
AWS::CloudFront::Function
  create-only Name
AWS::CloudWatch::Alarm
  create-only AlarmName
AWS::EC2::EIP
  create-only Address IpamPoolId NetworkBorderGroup TransferAddress
AWS::EC2::FlowLog
  create-only DeliverCrossAccountRole DeliverLogsPermissionArn DestinationOptions LogDestination LogDestinationType
    LogFormat LogGroupName MaxAggregationInterval ResourceId ResourceType TagFieldSpecifications TrafficType
AWS::EC2::NatGateway
  create-only AllocationId AvailabilityMode ConnectivityType PrivateIpAddress SubnetId VpcId
AWS::EC2::Route
  create-only DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId RouteTableId
AWS::EC2::RouteTable
  create-only VpcId
AWS::EC2::SecurityGroup
  create-only GroupDescription GroupName VpcId
AWS::EC2::SecurityGroupIngress
  create-only CidrIp CidrIpv6 FromPort GroupId GroupName IpProtocol SourcePrefixListId SourceSecurityGroupId
    SourceSecurityGroupName SourceSecurityGroupOwnerId ToPort
AWS::EC2::Subnet
  create-only AvailabilityZone AvailabilityZoneId CidrBlock Ipv4IpamPoolId Ipv4NetmaskLength Ipv6IpamPoolId Ipv6Native
    Ipv6NetmaskLength OutpostArn VpcId
  conditional Ipv6CidrBlock
AWS::EC2::SubnetRouteTableAssociation
  create-only RouteTableId SubnetId
AWS::EC2::VPC
  create-only CidrBlock Ipv4IpamPoolId Ipv4NetmaskLength VpcEncryptionControl
  conditional InstanceTenancy
AWS::EC2::VPCEndpoint
  create-only DnsOptions.PrivateDnsPreference DnsOptions.PrivateDnsSpecifiedDomains ResourceConfigurationArn
    ServiceName ServiceNetworkArn ServiceRegion VpcEndpointType VpcId
AWS::EC2::VPCGatewayAttachment
  create-only VpcId
AWS::ECR::Repository
  create-only EncryptionConfiguration EncryptionConfiguration.EncryptionType EncryptionConfiguration.KmsKey
    RepositoryName
AWS::ECS::Cluster
  create-only ClusterName
AWS::ECS::Service
  create-only Cluster Role SchedulingStrategy ServiceName
  conditional LaunchType
AWS::ECS::TaskDefinition
  create-only ContainerDefinitions Cpu EnableFaultInjection EphemeralStorage ExecutionRoleArn Family
    InferenceAccelerators IpcMode Memory NetworkMode PidMode PlacementConstraints ProxyConfiguration
    RequiresCompatibilities RuntimePlatform TaskRoleArn Volumes
AWS::EFS::AccessPoint
  create-only ClientToken FileSystemId PosixUser PosixUser.Gid PosixUser.SecondaryGids PosixUser.Uid RootDirectory
    RootDirectory.CreationInfo RootDirectory.CreationInfo.OwnerGid RootDirectory.CreationInfo.OwnerUid
    RootDirectory.CreationInfo.Permissions RootDirectory.Path
AWS::EFS::FileSystem
  create-only AvailabilityZoneName Encrypted KmsKeyId PerformanceMode
AWS::EFS::MountTarget
  create-only FileSystemId IpAddress IpAddressType Ipv6Address SubnetId
AWS::ElasticLoadBalancingV2::Listener
  create-only LoadBalancerArn
AWS::ElasticLoadBalancingV2::ListenerCertificate
  create-only ListenerArn
AWS::ElasticLoadBalancingV2::ListenerRule
  create-only ListenerArn
AWS::ElasticLoadBalancingV2::LoadBalancer
  create-only Name Scheme Type
AWS::ElasticLoadBalancingV2::TargetGroup
  create-only IpAddressType Name Port Protocol ProtocolVersion TargetType VpcId
AWS::Events::Rule
  create-only Name
  conditional EventBusName
AWS::IAM::ManagedPolicy
  create-only Description ManagedPolicyName Path
AWS::IAM::Role
  create-only Path RoleName
AWS::Kinesis::Stream
  create-only Name
AWS::Lambda::Function
  create-only FunctionName PackageType TenancyConfig
  conditional DurableConfig
AWS::Lambda::Permission
  create-only Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl Principal PrincipalOrgID
    SourceAccount SourceArn
AWS::Logs::LogGroup
  create-only LogGroupName
AWS::Logs::ResourcePolicy
  create-only PolicyName
AWS::Route53::HostedZone
  create-only DelegationSetId Name
AWS::Route53::RecordSet
  create-only HostedZoneId HostedZoneName
AWS::Route53::RecordSetGroup
  create-only HostedZoneId HostedZoneName
AWS::S3::Bucket
  create-only BucketName BucketNamePrefix BucketNamespace
AWS::S3::BucketPolicy
  create-only Bucket
AWS::SNS::Subscription
  create-only Endpoint Protocol TopicArn
  conditional Region
AWS::SNS::Topic
  create-only FifoTopic TopicName
AWS::SQS::Queue
  create-only FifoQueue QueueName
AWS::Scheduler::Schedule
  create-only Name
AWS::ServiceDiscovery::PrivateDnsNamespace
  create-only Name Vpc
AWS::ServiceDiscovery::Service
  create-only HealthCheckCustomConfig Name NamespaceId Type
AWS::StepFunctions::StateMachine
  create-only StateMachineName StateMachineType
"""
