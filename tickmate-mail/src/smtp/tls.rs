//! TLS: the certificates that are trusted.

use lettre::transport::smtp::client::{Certificate, TlsParameters};

use super::{SettingsError, SmtpSettings};

/// The first line of a PEM certificate.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Returns the TLS parameters for a relay, which trust Mozilla's roots and the root of the settings.
pub(super) fn parameters(settings: &SmtpSettings) -> Result<TlsParameters, SettingsError> {
    let builder = TlsParameters::builder(settings.host.clone());
    let Some(pem) = &settings.root_certificate else {
        return builder
            .build()
            .map_err(|error| SettingsError::Tls(Box::new(error)));
    };
    // lettre accepts a PEM file without any certificate, such as a key, as an empty set of roots.
    if !pem
        .split(|byte| *byte == b'\n')
        .any(|line| line.starts_with(BEGIN))
    {
        return Err(SettingsError::RootCertificate(None));
    }
    let unreadable = |error| SettingsError::RootCertificate(Some(Box::new(error)));
    let root = Certificate::from_pem(pem).map_err(unreadable)?;
    // Invalid certificate bytes are only detected when the root is added to the others.
    builder
        .add_root_certificate(root)
        .build()
        .map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The certificate of an authority that was created for this test. Its private key was deleted.
    const PEM: &str = include_str!("../../tests/support/root.pem");

    fn read(pem: &str) -> Result<(), SettingsError> {
        let mut settings = SmtpSettings::from_url("smtps://relay").unwrap();
        settings.root_certificate = Some(pem.as_bytes().to_vec());
        parameters(&settings).map(|_| ())
    }

    #[test]
    fn pem_certificates_are_accepted() {
        read(PEM).unwrap();
        read(&format!(
            "an authority\r\n{}{PEM}",
            PEM.replace('\n', "\r\n")
        ))
        .unwrap();
    }

    #[test]
    fn texts_without_a_certificate_are_refused() {
        let cut_off = PEM.replace("-----END CERTIFICATE-----", "");
        let key = PEM.replace("CERTIFICATE", "PRIVATE KEY");
        let other_bytes = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        let no_base64 = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        let second_bad = format!("{PEM}{other_bytes}");
        for pem in [
            "",
            "text",
            &cut_off,
            &key,
            other_bytes,
            no_base64,
            &second_bad,
        ] {
            let error = read(pem).unwrap_err();
            assert!(
                matches!(error, SettingsError::RootCertificate(_)),
                "{pem}: {error:?}"
            );
            assert!(!error.is_transient());
        }
    }
}
