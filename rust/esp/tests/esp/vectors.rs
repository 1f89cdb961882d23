//! Known answers, each file with its source.

use cryptomap_esp::suite::{self, Opening, Suite};
use cryptomap_esp::{Auth, Cipher};

use crate::fixture::{self, FixedIv, mirror, network};
use crate::rsp::{Case, cases, hex};

const HEADER_LEN: usize = 8;
const HMAC_SHA1_LEN: usize = 12;

/// Runs a CBC file through whole packets: the HMAC takes no part in the ciphertext.
fn check_cbc(cipher: Cipher, file: &'static str) {
    for case in cases(file) {
        let suite = suite::build(cipher, &case.octets("KEY"), Some(Auth::Sha1), &[7; 20]).expect("suite");
        let clear = [vec![0; HEADER_LEN], case.octets("IV")].concat();
        let sealed = seal(suite.as_ref(), &clear, &case, HMAC_SHA1_LEN);
        let (start, end) = (clear.len(), sealed.len() - HMAC_SHA1_LEN);
        assert_eq!(sealed[start..end], case.octets("CIPHERTEXT"), "key {}", case.word("KEY"));
        assert_eq!(open(suite.as_ref(), sealed)[start..end], case.octets("PLAINTEXT"));
    }
}

fn seal(suite: &dyn Suite, clear: &[u8], case: &Case, icv_len: usize) -> Vec<u8> {
    let mut packet = [clear, &case.octets("PLAINTEXT"), &vec![0; icv_len]].concat();
    suite.seal(&mut [&mut packet]).expect("sealed");
    packet
}

fn open(suite: &dyn Suite, mut packet: Vec<u8>) -> Vec<u8> {
    let mut opening = [Opening::new(&mut packet)];
    suite.open(&mut opening);
    assert!(opening[0].authentic);
    packet
}

#[test]
fn des_cbc() {
    check_cbc(Cipher::Des, include_str!("vectors/des_cbc.rsp"));
}

#[test]
fn triple_des_cbc() {
    check_cbc(Cipher::TripleDes, include_str!("vectors/triple_des_cbc.rsp"));
}

#[test]
fn aes_cbc() {
    check_cbc(Cipher::Aes, include_str!("vectors/aes_cbc.rsp"));
}

#[test]
fn aes_gcm_esp_packets() {
    for case in cases(include_str!("vectors/aes_gcm_esp.rsp")) {
        let suite = suite::build(Cipher::AesGcm, &case.octets("KEY"), None, &[]).expect("suite");
        let clear = [case.octets("HEADER"), case.octets("IV")].concat();
        let sealed = seal(suite.as_ref(), &clear, &case, 16);
        let published = [&clear[..], &case.octets("CIPHERTEXT"), &case.octets("ICV")].concat();
        assert_eq!(sealed, published);
        let opened = open(suite.as_ref(), published);
        assert_eq!(opened[clear.len()..opened.len() - 16], case.octets("PLAINTEXT"));
    }
}

/// The message is the whole packet up to its ICV, which is all that NULL leaves of it.
#[test]
fn truncated_hmacs_over_a_packet() {
    for case in cases(include_str!("vectors/truncated_hmac.rsp")) {
        let auth = match case.word("AUTH") {
            "MD5" => Auth::Md5,
            "SHA1" => Auth::Sha1,
            "SHA256" => Auth::Sha256,
            "SHA384" => Auth::Sha384,
            _ => Auth::Sha512,
        };
        let suite = suite::build(Cipher::Null, &[], Some(auth), &case.octets("KEY")).expect("suite");
        let icv = case.octets("ICV");
        assert_eq!(suite.layout().icv_len, icv.len());
        let mut packet = [case.octets("MESSAGE"), vec![0; icv.len()]].concat();
        suite.seal(&mut [&mut packet]).expect("sealed");
        assert!(packet.ends_with(&icv), "{auth:?}");
    }
}

/// RFC 3602 section 4, case 7: a whole tunnel-mode packet, the second of its SA, without ICV.
/// <https://www.rfc-editor.org/rfc/rfc3602>
#[test]
fn rfc_3602_tunnel_mode_packet() {
    let inner = hex("45000054 09040000 4001f988 c0a87b03 c0a87bc8 08009f76 a90a0100 b49c083d
        02a20400 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f 20212223
        24252627 28292a2b 2c2d2e2f 30313233 34353637");
    let published = hex("00008765 00000002 f4e76524 4f6407ad f13dc138 0f673f37
        773b5241 a4c44922 5e4f3ce5 ed611b0c 237ca96c f74a9301 3c1b0ea1 a0cf70f8
        e4ecaec7 8ac53aad 7a0f022b 859243c6 47752e94 a859352b 8a4d4d2d ecd136e5
        c177f132 ad3fbfb2 201ac990 4c74ee0a 109e0ca1 e4dfe9d5 a100b842 f1c22f0d");
    let ping = fixture::spec(fixture::AES_SHA256);
    let mut spec = cryptomap_esp::SaSpec {
        spi: 0x8765,
        encryption_key: hex("01234567 89abcdef 01234567 89abcdef").into(),
        ..ping
    };
    spec.selector.source = network([192, 168, 123, 3].into(), 32);
    spec.selector.destination = network([192, 168, 123, 200].into(), 32);

    let (sender, _) = fixture::outbound(&spec);
    fixture::seal(&sender, &inner);
    let mut sealed = Vec::new();
    let mut iv = FixedIv(hex("f4e76524 4f6407ad f13dc138 0f673f37"));
    sender.seal(&inner, 0, &mut iv, &mut sealed).expect("sealed");
    assert_eq!(sealed[..sealed.len() - 16], published);

    let (receiver, _) = fixture::inbound(&mirror(spec));
    assert_eq!(receiver.open(&mut sealed, None, 0), Ok(&inner[..]));
}
