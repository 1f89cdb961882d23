"""Assigned numbers of transaction exchanges: mode config, Xauth, and Cisco's Unity attributes.

Sources: draft-dukes-ike-mode-cfg-02 sections 3.3 and 3.4, draft-beaulieu-ike-xauth-02 sections 6.2 and 6.3.
Unity has no document; its numbers are those that its clients send.
"""

from cryptomap.wire.numbers import OpenEnum


class ConfigMessage(OpenEnum):
    """What an attributes payload is."""

    REQUEST = 1
    REPLY = 2
    SET = 3
    ACK = 4


class ConfigAttribute(OpenEnum):
    """From 16520: Xauth; from 28672: Unity."""

    IP4_ADDRESS = 1
    IP4_NETMASK = 2
    IP4_DNS = 3
    IP4_NBNS = 4
    ADDRESS_EXPIRY = 5
    IP4_DHCP = 6
    APPLICATION_VERSION = 7
    IP6_ADDRESS = 8
    IP6_NETMASK = 9
    IP6_DNS = 10
    IP6_NBNS = 11
    IP6_DHCP = 12
    IP4_SUBNET = 13
    SUPPORTED_ATTRIBUTES = 14
    IP6_SUBNET = 15
    XAUTH_TYPE = 16520
    XAUTH_USER_NAME = 16521
    XAUTH_USER_PASSWORD = 16522
    XAUTH_PASSCODE = 16523
    XAUTH_MESSAGE = 16524
    XAUTH_CHALLENGE = 16525
    XAUTH_DOMAIN = 16526
    XAUTH_STATUS = 16527
    XAUTH_NEXT_PIN = 16528
    XAUTH_ANSWER = 16529
    UNITY_BANNER = 28672
    UNITY_SAVE_PASSWORD = 28673
    UNITY_DEF_DOMAIN = 28674
    UNITY_SPLIT_DNS = 28675
    UNITY_SPLIT_INCLUDE = 28676
    UNITY_NATT_PORT = 28677
    UNITY_LOCAL_LAN = 28678
    UNITY_PFS = 28679
    UNITY_FW_TYPE = 28680
    UNITY_BACKUP_SERVERS = 28681
    UNITY_DDNS_HOSTNAME = 28682


class XauthType(OpenEnum):
    """How the user is asked; all but the first carry a challenge to compute with."""

    GENERIC = 0
    RADIUS_CHAP = 1
    OTP = 2
    S_KEY = 3


class XauthStatus(OpenEnum):
    FAIL = 0
    OK = 1
