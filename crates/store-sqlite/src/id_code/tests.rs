use proptest::{collection::vec, prelude::*};
use sha2::{Digest, Sha256};

use super::*;

/// Ids of all kinds, and any bytes.
fn any_id() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        "run_[0-9A-Za-z]{0,16}",
        "r?u?n?_?[0-9a-f-]{0,12}",
        "run[^-`]?[\\x00-\\x03a]{0,3}",
        "[0-9a-f]{8}-[0-9a-f]{4}",
        "\\PC{0,12}",
        "[\\x00-\\x7f]{0,8}",
    ];
    prop_oneof![4 => text.prop_map(String::into_bytes), 1 => vec(any::<u8>(), 0..12)]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn codes_compare_as_ids(a in any_id(), b in any_id(), shared in any_id()) {
        prop_assert_eq!(encode(&a).cmp(&encode(&b)), a.cmp(&b));
        let [a, b] = [a, b].map(|end| [&shared[..], &end].concat());
        prop_assert_eq!(encode(&a).cmp(&encode(&b)), a.cmp(&b));
    }

    #[test]
    fn codes_are_decoded(id in any_id()) {
        prop_assert_eq!(decode(&encode(&id)), Some(id));
    }

    #[test]
    fn any_bytes_are_a_code_or_refused(code in vec(any::<u8>(), 0..24)) {
        if let Some(id) = decode(&code) {
            prop_assert_eq!(encode(&id), code);
        }
    }
}

/// No code ends in what fills up a byte.
#[test]
fn the_code_of_zeros_belongs_to_no_byte() {
    for table in TABLES.iter() {
        for byte in 0..=u8::MAX {
            let (code, length) = table.code(byte);
            assert!(code > 0 && (1..=30).contains(&length), "{byte}: {code} {length}");
            assert!(code.leading_zeros() >= 32 - length);
        }
        let (code, length) = table.code(0);
        assert!(code == 1 && length > 8, "seven zeros may follow the last code");
    }
}

#[test]
fn usual_ids_have_short_codes() {
    for (id, max) in [
        ("run_dEF456", 5),
        ("run_8Zk2mQ0xYb1R", 10),
        ("0b6e5c1e-5f0a-4ab0-9d5c-6a8f0c2b7d11", 22),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", 21),
        ("1234567890", 6),
        ("manual__2025-01-04T12:00:00+00:00", 29),
    ] {
        let length = encode(id.as_bytes()).len();
        assert!(length <= max, "{id}: {length} bytes");
    }
}

/// The codes are in databases: this hash never changes.
#[test]
fn the_tables_are_those_on_disk() {
    let mut hash = Sha256::new();
    for table in TABLES.iter() {
        for byte in 0..=u8::MAX {
            let (code, length) = table.code(byte);
            hash.update(code.to_be_bytes());
            hash.update(length.to_be_bytes());
        }
    }
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "95b3824b3e4f5967746e610350f1d58f90e71a5b8d044a37a7d2d5fbb18dd742");
}
