//! Waiting for several descriptors.

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

use super::Wake;

/// A list of descriptors to wait for, beside a [`Wake`]; a place in the list is the descriptor's name.
pub(crate) struct Poller {
    /// The wake is the first; place 0 is the second.
    descriptors: Vec<libc::pollfd>,
}

impl Poller {
    /// Waits for `wake` only.
    pub(crate) fn new(wake: &Wake) -> Poller {
        Poller { descriptors: vec![entry(wake.as_fd().as_raw_fd())] }
    }

    /// Appends a descriptor. It must not be closed before it is removed; one that is counts as ready.
    pub(crate) fn push(&mut self, descriptor: &impl AsFd) {
        self.descriptors.push(entry(descriptor.as_fd().as_raw_fd()));
    }

    /// Removes the descriptor at `place`; the last one takes its place.
    pub(crate) fn swap_remove(&mut self, place: usize) {
        self.descriptors.swap_remove(place + 1);
    }

    /// Leaves the descriptor at `place` alone until it is resumed.
    pub(crate) fn pause(&mut self, place: usize) {
        // `poll` passes over negative numbers.
        self.update(place, |fd| if fd >= 0 { !fd } else { fd });
    }

    /// Takes up a paused descriptor again.
    pub(crate) fn resume(&mut self, place: usize) {
        self.update(place, |fd| if fd < 0 { !fd } else { fd });
    }

    fn update(&mut self, place: usize, change: impl Fn(RawFd) -> RawFd) {
        if let Some(descriptor) = self.descriptors.get_mut(place + 1) {
            descriptor.fd = change(descriptor.fd);
        }
    }

    /// Waits until a descriptor is readable, closed or broken, or the wake is woken. An interruption by a signal ends
    /// it, too.
    ///
    /// # Errors
    ///
    /// What `poll` reports: too many descriptors, or no memory.
    pub(crate) fn wait(&mut self) -> io::Result<()> {
        let count = self.descriptors.len() as libc::nfds_t;
        // SAFETY: the pointer and the length are those of a vector that is borrowed mutably.
        let ready = unsafe { libc::poll(self.descriptors.as_mut_ptr(), count, -1) };
        if ready >= 0 {
            return Ok(());
        }
        for descriptor in &mut self.descriptors {
            descriptor.revents = 0;
        }
        match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            error => Err(error),
        }
    }

    /// Whether the last [`Poller::wait`] found the wake woken.
    pub(crate) fn is_woken(&self) -> bool {
        self.descriptors.first().is_some_and(|wake| wake.revents != 0)
    }

    /// Whether the last [`Poller::wait`] found something at `place`.
    pub(crate) fn is_ready(&self, place: usize) -> bool {
        self.descriptors.get(place + 1).is_some_and(|descriptor| descriptor.revents != 0)
    }
}

fn entry(fd: RawFd) -> libc::pollfd {
    libc::pollfd { fd, events: libc::POLLIN, revents: 0 }
}
