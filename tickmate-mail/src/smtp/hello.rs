//! The name in EHLO: relays refuse a name that is not qualified.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lettre::transport::smtp::extension::ClientId;
use tokio::net::UdpSocket;

use super::SmtpSettings;

/// Returns the name from the settings, else the domain of the sender, else the address of this machine. The host name
/// of the machine is not used, because it is rarely qualified.
pub(super) async fn client_id(settings: &SmtpSettings, sender_domain: &str) -> ClientId {
    let name = settings.ehlo_name.as_deref().unwrap_or(sender_domain);
    match is_qualified_host_name(name) {
        true => ClientId::Domain(name.to_owned()),
        false => match local_address(&settings.host, settings.port).await {
            IpAddr::V4(address) => ClientId::Ipv4(address),
            IpAddr::V6(address) => ClientId::Ipv6(address),
        },
    }
}

/// Returns whether a name is valid in EHLO: two or more labels of letters, digits and hyphens. The last label must
/// not be a number, which would be an address.
pub fn is_qualified_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let top = name.rsplit_once('.').map(|(_, top)| top);
    name.len() <= 253
        && name.split('.').all(is_label)
        && top.is_some_and(|top| !top.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns the local address from which this machine reaches a host. No packet is sent for that.
async fn local_address(host: &str, port: u16) -> IpAddr {
    for unspecified in [
        IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    ] {
        if let Ok(socket) = UdpSocket::bind((unspecified, 0)).await
            && socket.connect((host, port)).await.is_ok()
            && let Ok(address) = socket.local_addr()
        {
            return address.ip();
        }
    }
    Ipv4Addr::LOCALHOST.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualified_names_have_a_domain() {
        for (name, expected) in [
            ("desk.example.org", true),
            ("example.org", true),
            ("xn--bcher-kva.example", true),
            ("localhost", false),
            ("invalid", false),
            ("", false),
            (".", false),
            ("desk.", false),
            (".org", false),
            ("192.0.2.1", false),
            ("[192.0.2.1]", false),
            ("desk.-example.org", false),
            ("desk example.org", false),
            ("desk.example.org\r\nQUIT", false),
        ] {
            assert_eq!(is_qualified_host_name(name), expected, "{name}");
        }
    }

    #[tokio::test]
    async fn the_name_falls_back_to_the_domain_and_then_to_an_address() {
        for (set, domain, expected) in [
            (Some("desk.example.org"), "example.com", "desk.example.org"),
            (None, "example.com", "example.com"),
            (None, "localhost", "[127.0.0.1]"),
        ] {
            let mut settings = SmtpSettings::from_url("smtp://127.0.0.1?tls=none").unwrap();
            settings.ehlo_name = set.map(str::to_owned);
            let name = client_id(&settings, domain).await;
            assert_eq!(name.to_string(), expected, "{set:?} {domain}");
        }
    }
}
