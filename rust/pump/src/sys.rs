//! System calls that the safe wrappers do not offer: TUN ioctls and batched datagram IO.
//!
//! Of the workspace's own code this file and `bignum.rs` of `modp` alone have `unsafe`. Everything it hands out is
//! owned or borrowed Rust memory, and every call is made on descriptors and buffers that outlive it.
#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io;
use std::mem::size_of;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;

/// Most datagrams that one call moves.
pub(crate) const BATCH: usize = 64;

const CONTROL_SPACE: usize = 64;
const CONTROL_HEADER: usize = size_of::<libc::cmsghdr>();
const PACKET_INFO: usize = size_of::<libc::in_pktinfo>();

nix::ioctl_write_ptr_bad!(tun_set_interface, libc::TUNSETIFF, libc::ifreq);
nix::ioctl_write_int_bad!(tun_set_persist, libc::TUNSETPERSIST);

/// Ancillary data of one datagram, aligned as the kernel wants it.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; CONTROL_SPACE]);

/// What `receive_batch` says of one datagram; its octets are at the start of the slot of the same number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    pub(crate) length: usize,
    pub(crate) source: SocketAddrV4,
    /// `None` where the socket does not ask for `IP_PKTINFO`.
    pub(crate) arrival: Option<PacketInfo>,
}

/// Where a datagram came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PacketInfo {
    /// Index of the network device.
    pub(crate) interface: u32,
    /// Address that it was sent to.
    pub(crate) destination: Ipv4Addr,
}

/// One datagram to send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) octets: &'a [u8],
    pub(crate) destination: SocketAddrV4,
    /// What the kernel is to write in the IPv4 header; `None` where the octets begin with one.
    pub(crate) header: Option<OwnHeader>,
}

/// The fields of an outer IPv4 header that are ours to choose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnHeader {
    pub(crate) source: Ipv4Addr,
    pub(crate) tos: u8,
}

/// Opens, and creates when it is missing, the persistent layer 3 TUN device `name` in the thread's namespace.
pub(crate) fn open_tun(name: &str) -> io::Result<File> {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.len() >= libc::IFNAMSIZ || bytes.contains(&0) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("device name {name:?} is not usable"),
        ));
    }
    let tun =
        OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/net/tun")?;
    // SAFETY: an all-zero `ifreq` is a valid value of that plain C structure.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(bytes) {
        *to = from.cast_signed() as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: the descriptor is open and `request` is a whole `ifreq` that lives through the call.
    unsafe { tun_set_interface(tun.as_raw_fd(), &request) }?;
    set_persistent(&tun, true)?;
    Ok(tun)
}

/// Decides whether the device of `tun` stays when the last descriptor of it closes.
pub(crate) fn set_persistent(tun: &File, persistent: bool) -> io::Result<()> {
    // SAFETY: the descriptor is open, and the ioctl takes its argument by value.
    unsafe { tun_set_persist(tun.as_raw_fd(), i32::from(persistent)) }?;
    Ok(())
}

/// A descriptor of our own for the caller's `fd`.
pub(crate) fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: fcntl on any number is memory-safe: one that is not open gives EBADF.
    let copy = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) };
    if copy < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call above has just made `copy`, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}

/// Receives up to `BATCH` datagrams without waiting, one in each `stride` octets of `region`.
///
/// `WouldBlock` says that there is none. `received` is emptied first and holds one entry a datagram after.
pub(crate) fn receive_batch(
    fd: BorrowedFd<'_>,
    region: &mut [u8],
    stride: usize,
    received: &mut Vec<Received>,
) -> io::Result<()> {
    received.clear();
    let mut names = [NO_NAME; BATCH];
    let mut controls = [Control([0; CONTROL_SPACE]); BATCH];
    let mut vectors = [NO_VECTOR; BATCH];
    // SAFETY: an all-zero `mmsghdr` is a valid value: no name, no vectors, no control data.
    let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
    let mut slots = 0;
    for (index, slot) in region.chunks_exact_mut(stride).take(BATCH).enumerate() {
        vectors[index] = libc::iovec { iov_base: slot.as_mut_ptr().cast(), iov_len: slot.len() };
        let header = &mut headers[index].msg_hdr;
        header.msg_name = (&raw mut names[index]).cast();
        header.msg_namelen = NAME_LENGTH;
        header.msg_iov = &raw mut vectors[index];
        header.msg_iovlen = 1;
        header.msg_control = (&raw mut controls[index]).cast();
        header.msg_controllen = CONTROL_SPACE;
        slots = index + 1;
    }
    // SAFETY: the first `slots` headers point at names, controls, vectors and slots that are distinct, writable,
    // of the lengths given, and alive until after the call.
    let count = unsafe {
        libc::recvmmsg(
            fd.as_raw_fd(),
            headers.as_mut_ptr(),
            slots as libc::c_uint,
            libc::MSG_DONTWAIT,
            std::ptr::null_mut(),
        )
    };
    let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
    let filled = headers.iter().zip(&names).zip(&controls).take(count);
    received.extend(filled.map(|((header, name), control)| describe(header, name, control, stride)));
    Ok(())
}

/// What the kernel said of one datagram; a longer one was cut to `stride` octets.
fn describe(header: &libc::mmsghdr, name: &libc::sockaddr_in, control: &Control, stride: usize) -> Received {
    let control = &control.0[..header.msg_hdr.msg_controllen.min(CONTROL_SPACE)];
    Received {
        length: (header.msg_len as usize).min(stride),
        source: from_name(name),
        arrival: packet_info(control),
    }
}

/// Sends up to `BATCH` datagrams without waiting; returns how many went. An error is about the first.
pub(crate) fn send_batch(fd: BorrowedFd<'_>, datagrams: &[Outgoing<'_>]) -> io::Result<usize> {
    let mut names = [NO_NAME; BATCH];
    let mut controls = [Control([0; CONTROL_SPACE]); BATCH];
    let mut vectors = [NO_VECTOR; BATCH];
    // SAFETY: an all-zero `mmsghdr` is a valid value: no name, no vectors, no control data.
    let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
    let count = datagrams.len().min(BATCH);
    for (index, datagram) in datagrams.iter().take(BATCH).enumerate() {
        names[index] = to_name(datagram.destination);
        // The kernel does not write through a vector that it sends from.
        vectors[index] = libc::iovec {
            iov_base: datagram.octets.as_ptr().cast_mut().cast(),
            iov_len: datagram.octets.len(),
        };
        let header = &mut headers[index].msg_hdr;
        header.msg_name = (&raw mut names[index]).cast();
        header.msg_namelen = NAME_LENGTH;
        header.msg_iov = &raw mut vectors[index];
        header.msg_iovlen = 1;
        if let Some(own) = datagram.header {
            header.msg_controllen = write_control(&mut controls[index].0, own);
            header.msg_control = (&raw mut controls[index]).cast();
        }
    }
    // SAFETY: the first `count` headers point at names, controls, vectors and octets of the lengths given that
    // live until after the call, and the call only reads them.
    let sent = unsafe {
        libc::sendmmsg(fd.as_raw_fd(), headers.as_mut_ptr(), count as libc::c_uint, libc::MSG_DONTWAIT)
    };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

const NAME_LENGTH: libc::socklen_t = size_of::<libc::sockaddr_in>() as libc::socklen_t;
const NO_NAME: libc::sockaddr_in =
    libc::sockaddr_in { sin_family: 0, sin_port: 0, sin_addr: libc::in_addr { s_addr: 0 }, sin_zero: [0; 8] };
const NO_VECTOR: libc::iovec = libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 };

fn from_name(name: &libc::sockaddr_in) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::from(name.sin_addr.s_addr.to_ne_bytes()), u16::from_be(name.sin_port))
}

fn to_name(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
        sin_zero: [0; 8],
    }
}

/// What the `in_pktinfo` among the control messages says (ip(7)).
fn packet_info(mut control: &[u8]) -> Option<PacketInfo> {
    while control.len() >= CONTROL_HEADER {
        let length = usize::from_ne_bytes(control[..size_of::<usize>()].try_into().ok()?);
        let level = i32::from_ne_bytes(control[size_of::<usize>()..][..4].try_into().ok()?);
        let kind = i32::from_ne_bytes(control[size_of::<usize>() + 4..][..4].try_into().ok()?);
        let data = control.get(CONTROL_HEADER..length)?;
        if (level, kind) == (libc::IPPROTO_IP, libc::IP_PKTINFO) && data.len() >= PACKET_INFO {
            let interface = u32::from_ne_bytes(data[..4].try_into().ok()?);
            let destination: [u8; 4] = data[8..12].try_into().ok()?;
            return Some(PacketInfo { interface, destination: destination.into() });
        }
        control = control.get(length.next_multiple_of(size_of::<usize>())..)?;
    }
    None
}

/// Writes what a datagram is to be sent with; returns the octets used.
fn write_control(control: &mut [u8; CONTROL_SPACE], header: OwnHeader) -> usize {
    let mut packet_info = [0; PACKET_INFO];
    packet_info[4..8].copy_from_slice(&header.source.octets());
    let used = write_message(control, libc::IP_PKTINFO, &packet_info);
    let tos = i32::from(header.tos).to_ne_bytes();
    used + write_message(&mut control[used..], libc::IP_TOS, &tos)
}

/// Writes one control message of the IP level; returns its length with padding.
fn write_message(control: &mut [u8], kind: i32, data: &[u8]) -> usize {
    let length = CONTROL_HEADER + data.len();
    control[..size_of::<usize>()].copy_from_slice(&length.to_ne_bytes());
    control[size_of::<usize>()..][..4].copy_from_slice(&libc::IPPROTO_IP.to_ne_bytes());
    control[size_of::<usize>() + 4..][..4].copy_from_slice(&kind.to_ne_bytes());
    control[CONTROL_HEADER..length].copy_from_slice(data);
    length.next_multiple_of(size_of::<usize>())
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, UdpSocket};
    use std::os::fd::AsFd;

    use nix::sys::socket::{setsockopt, sockopt};

    use super::*;

    const SLOT: usize = 100;

    fn bound() -> (UdpSocket, SocketAddrV4) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let SocketAddr::V4(address) = socket.local_addr().unwrap() else { panic!("it is IPv4") };
        (socket, address)
    }

    #[test]
    fn batches_keep_order_and_bounds_and_know_their_addresses() {
        let (sender, from) = bound();
        let (receiver, to) = bound();
        setsockopt(&receiver, sockopt::Ipv4PacketInfo, &true).unwrap();
        let own = OwnHeader { source: Ipv4Addr::LOCALHOST, tos: 0x48 };
        let octets: Vec<Vec<u8>> = (0..70).map(|number| vec![number; usize::from(number) * 2]).collect();
        let datagrams: Vec<_> =
            octets.iter().map(|octets| Outgoing { octets, destination: to, header: Some(own) }).collect();
        assert_eq!(send_batch(sender.as_fd(), &datagrams).unwrap(), BATCH);
        assert_eq!(send_batch(sender.as_fd(), &datagrams[BATCH..]).unwrap(), 6);

        // The loopback device is the first of every namespace.
        let loopback = PacketInfo { interface: 1, destination: Ipv4Addr::LOCALHOST };
        let (mut region, mut received) = (vec![0; SLOT * BATCH], Vec::new());
        let mut number = 0;
        for expected in [BATCH, 6] {
            receive_batch(receiver.as_fd(), &mut region, SLOT, &mut received).unwrap();
            assert_eq!(received.len(), expected);
            for (slot, received) in region.chunks_exact(SLOT).zip(&received) {
                let sent = &octets[number];
                assert_eq!(slot[..received.length], sent[..sent.len().min(SLOT)]);
                assert_eq!((received.source, received.arrival), (from, Some(loopback)));
                number += 1;
            }
        }
        let empty = receive_batch(receiver.as_fd(), &mut region, SLOT, &mut received);
        assert_eq!(empty.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(received.is_empty());
    }

    #[test]
    fn control_messages_that_end_early_or_lie_about_their_length_give_no_address() {
        let mut control = [0; CONTROL_SPACE];
        let length = write_message(&mut control, libc::IP_PKTINFO, &[0x7f; PACKET_INFO]);
        assert!(packet_info(&control[..length]).is_some());
        for end in 0..length {
            assert_eq!(packet_info(&control[..end.min(CONTROL_HEADER + PACKET_INFO - 1)]), None);
        }
        for lie in [0usize, 1, CONTROL_HEADER, 1000, usize::MAX - 7] {
            control[..size_of::<usize>()].copy_from_slice(&lie.to_ne_bytes());
            assert_eq!(packet_info(&control[..length]), None);
        }
    }

    #[test]
    fn a_device_name_must_fit() {
        for name in ["", "sixteen-octets-1", "with\0zero"] {
            assert_eq!(open_tun(name).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn a_descriptor_that_is_not_open_is_refused() {
        assert!(duplicate(-1).is_err());
    }
}
