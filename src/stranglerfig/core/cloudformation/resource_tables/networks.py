"""Types of networks and what lies in them (pure).

Made by tools/gen_resource_types.py of the schemas of cfn-lint 1.58.0.
"""

from __future__ import annotations

TABLE = """\
AWS::EC2::DHCPOptions
  create-only DomainName DomainNameServers Ipv6AddressPreferredLeaseTime NetbiosNameServers NetbiosNodeType NtpServers
  attributes DhcpOptionsId:s
  properties DomainName:s DomainNameServers:[s] Ipv6AddressPreferredLeaseTime:i NetbiosNameServers:[s]
    NetbiosNodeType:i NtpServers:[s] Tags:<{Key!:s Value!:s}>
AWS::EC2::EIP
  create-only Address IpamPoolId NetworkBorderGroup TransferAddress
  attributes AllocationId:s PublicIp:s
  properties Address:s Domain:s InstanceId:s IpamPoolId:s NetworkBorderGroup:s PublicIpv4Pool:s Tags:<{Key!:s
    Value!:s}> TransferAddress:s
AWS::EC2::EIPAssociation
  create-only AllocationId EIP InstanceId NetworkInterfaceId PrivateIpAddress
  attributes Id:s
  properties AllocationId:s EIP:s InstanceId:s NetworkInterfaceId:s PrivateIpAddress:s
AWS::EC2::EgressOnlyInternetGateway
  create-only VpcId
  attributes Id:s
  properties Tags:<{Key!:s Value!:s}> VpcId!:s
AWS::EC2::GatewayRouteTableAssociation
  create-only GatewayId
  attributes AssociationId:s
  properties GatewayId!:s RouteTableId!:s
AWS::EC2::InternetGateway
  attributes InternetGatewayId:s
  properties Tags:<{Key!:s Value!:s}>
AWS::EC2::NatGateway
  create-only AllocationId AvailabilityMode ConnectivityType PrivateIpAddress SubnetId VpcId
  attributes AutoProvisionZones:s AutoScalingIps:s EniId:s NatGatewayId:s RouteTableId:s
  properties AllocationId:s AvailabilityMode:s AvailabilityZoneAddresses:<{AllocationIds!:<s> AvailabilityZone:s
    AvailabilityZoneId:s}> ConnectivityType:s MaxDrainDurationSeconds:i PrivateIpAddress:s SecondaryAllocationIds:[s]
    SecondaryPrivateIpAddressCount:i SecondaryPrivateIpAddresses:[s] SubnetId:s Tags:<{Key!:s Value!:s}> VpcId:s
AWS::EC2::NetworkAcl
  create-only VpcId
  attributes Id:s
  properties Tags:<{Key!:s Value!:s}> VpcId!:s
AWS::EC2::NetworkAclEntry
  create-only Egress NetworkAclId RuleNumber
  attributes Id:s
  properties CidrBlock:s Egress:b Icmp:{Code:i Type:i} Ipv6CidrBlock:s NetworkAclId!:s PortRange:{From:i To:i}
    Protocol!:i RuleAction!:s RuleNumber!:i
AWS::EC2::Route
  create-only DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId RouteTableId
  attributes CidrBlock:s
  properties CarrierGatewayId:s CoreNetworkArn:s DestinationCidrBlock:s DestinationIpv6CidrBlock:s
    DestinationPrefixListId:s EgressOnlyInternetGatewayId:s GatewayId:s InstanceId:s LocalGatewayId:s NatGatewayId:s
    NetworkInterfaceId:s OdbNetworkArn:s RouteTableId!:s TransitGatewayId:s VpcEndpointId:s VpcPeeringConnectionId:s
AWS::EC2::RouteTable
  create-only VpcId
  attributes RouteTableId:s
  properties Tags:<{Key!:s Value!:s}> VpcId!:s
AWS::EC2::SecurityGroup
  create-only GroupDescription GroupName VpcId
  attributes GroupDescription:s GroupId:s GroupName:s Id:s SecurityGroupEgress:<{CidrIp:s CidrIpv6:s Description:s
    DestinationPrefixListId:s DestinationSecurityGroupId:s FromPort:i IpProtocol!:s ToPort:i}>
    SecurityGroupIngress:<{CidrIp:s CidrIpv6:s Description:s FromPort:i IpProtocol!:s SourcePrefixListId:s
    SourceSecurityGroupId:s SourceSecurityGroupName:s SourceSecurityGroupOwnerId:s ToPort:i}> Tags:<{Key!:s Value!:s}>
    VpcId:s
  properties GroupDescription!:s GroupName:s SecurityGroupEgress:<{CidrIp:s CidrIpv6:s Description:s
    DestinationPrefixListId:s DestinationSecurityGroupId:s FromPort:i IpProtocol!:s ToPort:i}>
    SecurityGroupIngress:<{CidrIp:s CidrIpv6:s Description:s FromPort:i IpProtocol!:s SourcePrefixListId:s
    SourceSecurityGroupId:s SourceSecurityGroupName:s SourceSecurityGroupOwnerId:s ToPort:i}> Tags:<{Key!:s Value!:s}>
    VpcId:s
AWS::EC2::SecurityGroupEgress
  create-only CidrIp CidrIpv6 DestinationPrefixListId DestinationSecurityGroupId FromPort GroupId IpProtocol ToPort
  attributes Id:s
  properties CidrIp:s CidrIpv6:s Description:s DestinationPrefixListId:s DestinationSecurityGroupId:s FromPort:i
    GroupId!:s IpProtocol!:s ToPort:i
AWS::EC2::SecurityGroupIngress
  create-only CidrIp CidrIpv6 FromPort GroupId GroupName IpProtocol SourcePrefixListId SourceSecurityGroupId
    SourceSecurityGroupName SourceSecurityGroupOwnerId ToPort
  attributes Id:s
  properties CidrIp:s CidrIpv6:s Description:s FromPort:i GroupId:s GroupName:s IpProtocol!:s SourcePrefixListId:s
    SourceSecurityGroupId:s SourceSecurityGroupName:s SourceSecurityGroupOwnerId:s ToPort:i
AWS::EC2::Subnet
  create-only AvailabilityZone AvailabilityZoneId CidrBlock Ipv4IpamPoolId Ipv4NetmaskLength Ipv6IpamPoolId Ipv6Native
    Ipv6NetmaskLength OutpostArn VpcId
  conditional Ipv6CidrBlock
  attributes AssignIpv6AddressOnCreation:b AvailabilityZone:s AvailabilityZoneId:s
    BlockPublicAccessStates.InternetGatewayBlockMode:s CidrBlock:s EnableDns64:b EnableLniAtDeviceIndex:i
    Ipv4IpamPoolId:s Ipv4NetmaskLength:i Ipv6CidrBlock:s Ipv6CidrBlocks:[s] Ipv6IpamPoolId:s Ipv6Native:b
    Ipv6NetmaskLength:i MapPublicIpOnLaunch:b NetworkAclAssociationId:s OutpostArn:s
    PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord:b
    PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord:b PrivateDnsNameOptionsOnLaunch.HostnameType:s
    SubnetId:s Tags:[{Key!:s Value!:s}] VpcId:s
  properties AssignIpv6AddressOnCreation:b AvailabilityZone:s AvailabilityZoneId:s CidrBlock:s EnableDns64:b
    EnableLniAtDeviceIndex:i Ipv4IpamPoolId:s Ipv4NetmaskLength:i Ipv6CidrBlock:s Ipv6IpamPoolId:s Ipv6Native:b
    Ipv6NetmaskLength:i MapPublicIpOnLaunch:b OutpostArn:s
    PrivateDnsNameOptionsOnLaunch:{EnableResourceNameDnsAAAARecord:b EnableResourceNameDnsARecord:b HostnameType:s}
    Tags:[{Key!:s Value!:s}] VpcId!:s
AWS::EC2::SubnetCidrBlock
  create-only Ipv6CidrBlock Ipv6IpamPoolId Ipv6NetmaskLength SubnetId
  attributes Id:s IpSource:s Ipv6AddressAttribute:s
  properties Ipv6CidrBlock:s Ipv6IpamPoolId:s Ipv6NetmaskLength:i SubnetId!:s
AWS::EC2::SubnetNetworkAclAssociation
  create-only NetworkAclId SubnetId
  attributes AssociationId:s
  properties NetworkAclId!:s SubnetId!:s
AWS::EC2::SubnetRouteTableAssociation
  create-only RouteTableId SubnetId
  attributes Id:s
  properties RouteTableId!:s SubnetId!:s
AWS::EC2::VPC
  create-only CidrBlock Ipv4IpamPoolId Ipv4NetmaskLength VpcEncryptionControl
  conditional InstanceTenancy
  attributes CidrBlock:s CidrBlockAssociations:<s> DefaultNetworkAcl:s DefaultSecurityGroup:s EnableDnsHostnames:b
    EnableDnsSupport:b InstanceTenancy:s Ipv4IpamPoolId:s Ipv4NetmaskLength:i Ipv6CidrBlocks:<s> Tags:<{Key!:s
    Value!:s}> VpcEncryptionControl.EgressOnlyInternetGatewayExclusion:s
    VpcEncryptionControl.ElasticFileSystemExclusion:s VpcEncryptionControl.InternetGatewayExclusion:s
    VpcEncryptionControl.LambdaExclusion:s VpcEncryptionControl.Mode:s VpcEncryptionControl.NatGatewayExclusion:s
    VpcEncryptionControl.State:s VpcEncryptionControl.StateMessage:s
    VpcEncryptionControl.VirtualPrivateGatewayExclusion:s VpcEncryptionControl.VpcEncryptionControlId:s
    VpcEncryptionControl.VpcId:s VpcEncryptionControl.VpcLatticeExclusion:s VpcEncryptionControl.VpcPeeringExclusion:s
    VpcId:s
  properties CidrBlock:s EnableDnsHostnames:b EnableDnsSupport:b InstanceTenancy:s Ipv4IpamPoolId:s
    Ipv4NetmaskLength:i Tags:<{Key!:s Value!:s}> VpcEncryptionControl:{EgressOnlyInternetGatewayExclusion:s
    ElasticFileSystemExclusion:s InternetGatewayExclusion:s LambdaExclusion:s Mode:s NatGatewayExclusion:s
    ResourceExclusions:{EgressOnlyInternetGateway:{State:s StateMessage:s} ElasticFileSystem:{State:s StateMessage:s}
    InternetGateway:{State:s StateMessage:s} Lambda:{State:s StateMessage:s} NatGateway:{State:s StateMessage:s}
    VirtualPrivateGateway:{State:s StateMessage:s} VpcLattice:{State:s StateMessage:s} VpcPeering:{State:s
    StateMessage:s}} State:s StateMessage:s VirtualPrivateGatewayExclusion:s VpcEncryptionControlId:s VpcId:s
    VpcLatticeExclusion:s VpcPeeringExclusion:s}
AWS::EC2::VPCCidrBlock
  create-only AmazonProvidedIpv6CidrBlock CidrBlock Ipv4IpamPoolId Ipv4NetmaskLength Ipv6CidrBlock
    Ipv6CidrBlockNetworkBorderGroup Ipv6IpamPoolId Ipv6NetmaskLength Ipv6Pool VpcId
  attributes Id:s IpSource:s Ipv6AddressAttribute:s
  properties AmazonProvidedIpv6CidrBlock:b CidrBlock:s Ipv4IpamPoolId:s Ipv4NetmaskLength:i Ipv6CidrBlock:s
    Ipv6CidrBlockNetworkBorderGroup:s Ipv6IpamPoolId:s Ipv6NetmaskLength:i Ipv6Pool:s VpcId!:s
AWS::EC2::VPCDHCPOptionsAssociation
  create-only DhcpOptionsId VpcId
  properties DhcpOptionsId!:s VpcId!:s
AWS::EC2::VPCGatewayAttachment
  create-only VpcId
  attributes AttachmentType:s
  properties InternetGatewayId:s VpcId!:s VpnGatewayId:s
"""
