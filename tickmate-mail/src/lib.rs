//! Mail adapters of TickMate: `FilesMailer` (feature `files`) writes `.eml` files into a folder, `SmtpMailer`
//! (feature `smtp`) sends mails to an SMTP relay.
//!
//! Both send the same message, with the same bytes at every attempt of a mail.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "files")]
mod files;
#[cfg(any(feature = "files", feature = "smtp"))]
mod message;
#[cfg(feature = "smtp")]
mod smtp;

#[cfg(feature = "files")]
pub use self::files::{FilesMailer, FolderError};
#[cfg(feature = "smtp")]
pub use self::smtp::{
    Credentials, DEFAULT_TIMEOUT, MAILTRAP_HOST, MAILTRAP_PORT, Security, SettingsError,
    SmtpMailer, SmtpSettings, is_qualified_host_name,
};
