//! TLS.

use std::{fmt, io, path::Path, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// A certificate with its private key, ready to serve with.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls(…)")
    }
}

impl Tls {
    /// Reads a PEM file with the certificate followed by those of its issuers, and a PEM file with
    /// its private key.
    ///
    /// # Errors
    /// A message that names the file and says what is wrong with it.
    pub fn load(certificates: &Path, key: &Path) -> Result<Self, String> {
        let failed = |path: &Path, error: &dyn fmt::Display| {
            format!("{} cannot be used for TLS: {error}", path.display())
        };
        let chain = CertificateDer::pem_file_iter(certificates)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| failed(certificates, &error))?;
        if chain.is_empty() {
            return Err(failed(certificates, &"it has no certificate in PEM"));
        }
        let private = PrivateKeyDer::from_pem_file(key).map_err(|error| failed(key, &error))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, private))
            .map_err(|error| failed(certificates, &error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Performs the TLS handshake on a new connection.
    pub(crate) async fn accept<S>(
        &self,
        stream: S,
    ) -> io::Result<tokio_rustls::server::TlsStream<S>>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        self.0.accept(stream).await
    }
}
