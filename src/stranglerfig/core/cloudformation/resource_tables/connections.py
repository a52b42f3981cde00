"""Types of ways between networks (pure).

Made by tools/gen_resource_types.py of the schemas of cfn-lint 1.58.0.
"""

from __future__ import annotations

TABLE = """\
AWS::EC2::CustomerGateway
  create-only BgpAsn BgpAsnExtended CertificateArn DeviceName IpAddress Type
  attributes CustomerGatewayId:s
  properties BgpAsn:i BgpAsnExtended:n CertificateArn:s DeviceName:s IpAddress!:s Tags:<{Key!:s Value!:s}> Type!:s
AWS::EC2::FlowLog
  create-only DeliverCrossAccountRole DeliverLogsPermissionArn DestinationOptions LogDestination LogDestinationType
    LogFormat LogGroupName MaxAggregationInterval ResourceId ResourceType TagFieldSpecifications TrafficType
  attributes Id:s
  properties DeliverCrossAccountRole:s DeliverLogsPermissionArn:s DestinationOptions:{FileFormat!:s
    HiveCompatiblePartitions!:b PerHourPartition!:b} LogDestination:s LogDestinationType:s LogFormat:s LogGroupName:s
    MaxAggregationInterval:i ResourceId!:s ResourceType!:s TagFieldSpecifications:[{ResourceType!:s TagKeys!:[s]}]
    Tags:[{Key!:s Value!:s}] TrafficType:s
AWS::EC2::PrefixList
  attributes Arn:s OwnerId:s PrefixListId:s Version:i
  properties AddressFamily!:s Entries:[{Cidr!:s Description:s}] MaxEntries:i PrefixListName!:s Tags:[{Key!:s Value:s}]
AWS::EC2::TransitGateway
  create-only AmazonSideAsn MulticastSupport
  attributes EncryptionSupportState:s Id:s TransitGatewayArn:s
  properties AmazonSideAsn:i AssociationDefaultRouteTableId:s AutoAcceptSharedAttachments:s
    DefaultRouteTableAssociation:s DefaultRouteTablePropagation:s Description:s DnsSupport:s EncryptionSupport:s
    MulticastSupport:s PropagationDefaultRouteTableId:s SecurityGroupReferencingSupport:s Tags:[{Key!:s Value!:s}]
    TransitGatewayCidrBlocks:[s] VpnEcmpSupport:s
AWS::EC2::TransitGatewayAttachment
  create-only TransitGatewayId VpcId
  attributes Id:s
  properties Options:{ApplianceModeSupport:s DnsSupport:s Ipv6Support:s SecurityGroupReferencingSupport:s}
    SubnetIds!:<s> Tags:<{Key!:s Value!:s}> TransitGatewayId!:s VpcId!:s
AWS::EC2::TransitGatewayRoute
  create-only Blackhole DestinationCidrBlock TransitGatewayAttachmentId TransitGatewayRouteTableId
  properties Blackhole:b DestinationCidrBlock!:s TransitGatewayAttachmentId:s TransitGatewayRouteTableId!:s
AWS::EC2::TransitGatewayRouteTable
  create-only TransitGatewayId
  attributes TransitGatewayRouteTableId:s
  properties Tags:<{Key!:s Value!:s}> TransitGatewayId!:s
AWS::EC2::TransitGatewayRouteTableAssociation
  create-only TransitGatewayAttachmentId TransitGatewayRouteTableId
  properties TransitGatewayAttachmentId!:s TransitGatewayRouteTableId!:s
AWS::EC2::TransitGatewayRouteTablePropagation
  create-only TransitGatewayAttachmentId TransitGatewayRouteTableId
  properties TransitGatewayAttachmentId!:s TransitGatewayRouteTableId!:s
AWS::EC2::TransitGatewayVpcAttachment
  create-only SubnetIds TransitGatewayId VpcId
  attributes Id:s
  properties AddSubnetIds:<s> Options:{ApplianceModeSupport:s DnsSupport:s Ipv6Support:s
    SecurityGroupReferencingSupport:s} RemoveSubnetIds:<s> SubnetIds!:<s> Tags:<{Key!:s Value!:s}> TransitGatewayId!:s
    VpcId!:s
AWS::EC2::VPCEndpoint
  create-only DnsOptions.PrivateDnsPreference DnsOptions.PrivateDnsSpecifiedDomains ResourceConfigurationArn
    ServiceName ServiceNetworkArn ServiceRegion VpcEndpointType VpcId
  attributes CreationTimestamp:s DnsEntries:<s> Id:s NetworkInterfaceIds:<s>
  properties DnsOptions:{DnsRecordIpType:s PrivateDnsOnlyForInboundResolverEndpoint:s PrivateDnsPreference:s
    PrivateDnsSpecifiedDomains:[s]} IpAddressType:s PolicyDocument:j PrivateDnsEnabled:b ResourceConfigurationArn:s
    RouteTableIds:<s> SecurityGroupIds:<s> ServiceName:s ServiceNetworkArn:s ServiceRegion:s SubnetIds:<s>
    Tags:<{Key!:s Value!:s}> VpcEndpointType:s VpcId!:s
AWS::EC2::VPCEndpointService
  attributes PrivateDnsNameConfiguration.Name:s PrivateDnsNameConfiguration.State:s PrivateDnsNameConfiguration.Type:s
    PrivateDnsNameConfiguration.Value:s ServiceId:s
  properties AcceptanceRequired:b ContributorInsightsEnabled:b GatewayLoadBalancerArns:[s] NetworkLoadBalancerArns:[s]
    PayerResponsibility:s PrivateDnsName:s PrivateDnsNameConfiguration:{Name:s State:s Type:s Value:s}
    SupportedIpAddressTypes:<s> SupportedRegions:<s> Tags:<{Key!:s Value!:s}>
AWS::EC2::VPCEndpointServicePermissions
  create-only ServiceId
  properties AllowedPrincipals:<s> ServiceId!:s
AWS::EC2::VPCPeeringConnection
  create-only PeerOwnerId PeerRegion PeerVpcId VpcId
  attributes Id:s
  properties AssumeRoleRegion:s PeerOwnerId:s PeerRegion:s PeerRoleArn:s PeerVpcId!:s Tags:<{Key!:s Value!:s}>
    VpcId!:s
AWS::EC2::VPNGateway
  create-only AmazonSideAsn Type
  attributes VPNGatewayId:s
  properties AmazonSideAsn:i Tags:<{Key!:s Value!:s}> Type!:s
AWS::EC2::VPNGatewayRoutePropagation
  attributes Id:s
  properties RouteTableIds!:<s> VpnGatewayId!:s
"""
