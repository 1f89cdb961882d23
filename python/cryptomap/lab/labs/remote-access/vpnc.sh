#!/bin/sh
# vpnc.sh none|natt|force-natt: the laptop connects to R2, and shows the banner; that word is its way through NATs.
# vpnc.sh leave: it takes leave.
pid=/tmp/vpnc-$(readlink /proc/self/ns/net | tr -dc 0-9).pid
[ "$1" != leave ] || exec kill "$(cat "$pid")"

# What the gateway told is in the environment of this script; the laptop's resolver is left alone.
script='[ "$reason" = connect ] || exit 0
ip link set "$TUNDEV" up mtu 1390
ip addr add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
ip route add "$CISCO_SPLIT_INC_0_ADDR/$CISCO_SPLIT_INC_0_MASKLEN" dev "$TUNDEV"
echo "$CISCO_BANNER"'

exec vpnc --pid-file "$pid" --script "$script" - <<CONFIGURATION
IPSec gateway 12.1.1.2
IPSec ID STAFF
IPSec secret wolf
Xauth username alice
Xauth password wonderland
IKE DH Group dh2
Perfect Forward Secrecy nopfs
NAT Traversal Mode $1
Local Port 500
Vendor cisco
Noninteractive
Enable weak encryption
Enable Single DES
Enable weak authentication
Interface name tun9
CONFIGURATION
