//! What names tell: Kubernetes calls what it makes after what it makes it for.

/// Letters and digits that end the name of a replica set.
const HASH: &str = "bcdfghjklmnpqrstvwxz2456789";

/// Shortest end of a name that is one.
const SHORTEST: usize = 3;

/// The deployment that a replica set belongs to, by its name.
pub(super) fn deployment_of(replica_set: &str) -> Option<&str> {
    let (deployment, hash) = replica_set.rsplit_once('-')?;
    let is_hash = hash.chars().all(|letter| HASH.contains(letter)) || is_number(hash);
    (hash.len() >= SHORTEST && is_hash).then_some(deployment)
}

/// The cron job that a job belongs to, by its name.
pub(super) fn cron_job_of(job: &str) -> Option<&str> {
    let (cron_job, number) = job.rsplit_once('-')?;
    (number.len() >= SHORTEST && is_number(number)).then_some(cron_job)
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|digit| digit.is_ascii_digit())
}

/// The parts of an image's name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Image<'a> {
    /// Without tag and digest.
    pub(super) name: &'a str,
    /// What of it comes after the last slash.
    pub(super) short: &'a str,
    /// `latest` where there is neither tag nor digest, as Kubernetes takes it.
    pub(super) tag: &'a str,
}

/// Takes the name of an image apart; `None` if it is only a digest.
pub(super) fn image(text: &str) -> Option<Image<'_>> {
    if text.is_empty() || text.starts_with("sha256:") {
        return None;
    }
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    let path = rest.rfind('/').map_or(0, |slash| slash + 1);
    // A colon before the last slash is that of a registry's port.
    let (name, tag) = match rest[path..].split_once(':') {
        Some((short, tag)) => (&rest[..path + short.len()], tag),
        None => (rest, if digest.is_some() { "" } else { "latest" }),
    };
    Some(Image { name, short: &name[path..], tag })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_sets_name_tells_its_deployment() {
        for (name, expected) in [
            ("cart-7d9c8b5f4", Some("cart")),
            ("frontend-56c89cfff7", Some("frontend")),
            ("frontend-56c", Some("frontend")),
            ("nginx-ingress-2891696001", Some("nginx-ingress")),
            ("my-app-ab", None),
            ("front-end", None),
            ("frontend-56a89cfff7", None),
            ("frontend56c89cfff7", None),
        ] {
            assert_eq!(deployment_of(name), expected, "{name}");
        }
    }

    #[test]
    fn a_jobs_name_tells_its_cron_job() {
        for (name, expected) in [
            ("hello-1562319360", Some("hello")),
            ("hello-600", Some("hello")),
            ("hello-60", None),
            ("hello-60b", None),
            ("hello", None),
        ] {
            assert_eq!(cron_job_of(name), expected, "{name}");
        }
    }

    #[test]
    fn an_images_name_has_parts() {
        let of = |name, short, tag| Some(Image { name, short, tag });
        for (text, expected) in [
            ("redis", of("redis", "redis", "latest")),
            ("redis:7.2", of("redis", "redis", "7.2")),
            ("example.com/shop/cart:v1", of("example.com/shop/cart", "cart", "v1")),
            ("localhost:5000/cart", of("localhost:5000/cart", "cart", "latest")),
            ("localhost:5000/cart:v1@sha256:aa", of("localhost:5000/cart", "cart", "v1")),
            ("shop/cart@sha256:aa", of("shop/cart", "cart", "")),
            ("sha256:aa", None),
            ("", None),
        ] {
            assert_eq!(image(text), expected, "{text}");
        }
    }
}
