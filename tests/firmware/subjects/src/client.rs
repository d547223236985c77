//! The two clients: the same calls, with and without memory for contexts.

/// A client over this storage and with this aggregation, as a subject.
#[macro_export]
macro_rules! client_subject {
    ($storage:ty, $aggregation:expr) => {
        use basenji_core::client::{Client, Common, Limits, Options, Ours};
        use basenji_core::wire::Tags;
        use basenji_firmware_subjects::{Place, time};

        /// The packet buffer.
        const BUFFER: usize = 1024;

        static STORAGE: Place<$storage> = Place::holding(<$storage>::new());
        static LINES: Place<[u8; BUFFER]> = Place::holding([0; BUFFER]);
        static CLIENT: Place<Client<&mut $storage, &mut [u8], &str, Ours>> = Place::new();

        /// Makes the client.
        #[unsafe(no_mangle)]
        pub extern "C" fn subject_start() {
            let limits = Limits { datagram: BUFFER / 2, line: BUFFER / 2 };
            let options = Options { limits, aggregation: $aggregation, ..Options::of(Ours) };
            let common = Common { prefix: "device.", tags: "board:mps2", ..Common::default() };
            // SAFETY: this is the start.
            unsafe {
                let (storage, lines) = (STORAGE.get(), LINES.get());
                CLIENT.put(Client::new(storage, lines, common, options));
            }
        }

        /// Makes the call with this number for the metric or member `text`, and says how much is to be sent now.
        ///
        /// # Safety
        ///
        /// `subject_start` was called; `text` points to `len` readable bytes.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn subject_run(number: u32, text: *const u8, len: usize) -> u32 {
            // SAFETY: as the contract says.
            let (client, text) = unsafe { (CLIENT.get(), core::slice::from_raw_parts(text, len)) };
            let (now, tags) = (time(number), Tags::Text(b"phase:run,pump:left"));
            let done = match number {
                0 => client.count(text, 1, tags, now),
                1 => client.gauge(text, 20.125, tags, now),
                2 => client.timing(text, 12.5, tags, now),
                3 => client.histogram(text, 0.1, tags, now),
                4 => client.distribution(text, 1e-9, tags, now),
                5 => client.set(b"parts", text, tags, now),
                _ => {
                    client.flush(now);
                    Ok(())
                }
            };
            let sent = client.poll_transmit(now).map_or(0, <[u8]>::len);
            sent as u32 + u32::from(done.is_err())
        }
    };
}
