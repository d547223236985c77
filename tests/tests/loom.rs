//! What the threads of a client share, in every order of its steps that the memory model allows.
//!
//! The files are those of `hosted`, which find `atomic` above them; here it is that of loom.

use std::sync::Arc;

use loom::sync::{Mutex, atomic};
use loom::{model::Builder, thread};

#[path = "../../hosted/src/client/handle/count.rs"]
mod count;
#[path = "../../hosted/src/client/thread/leases.rs"]
mod leases;
#[path = "../../hosted/src/client/handle/ring.rs"]
mod ring;

/// Where the files with unsafe code stand.
#[path = "."]
mod sys {
    use super::atomic;

    #[path = "../../hosted/src/client/sys/later.rs"]
    pub(crate) mod later;
    #[path = "../../hosted/src/client/sys/turn.rs"]
    pub(crate) mod turn;

    fn let_others_run(_: u32) {
        loom::thread::yield_now();
    }
}

use atomic::AtomicU32;
use count::Count;
use leases::Leases;
use ring::Ring;
use sys::later::Later;
use sys::turn::Turn;

/// Tries every order in which no thread is interrupted more than a few times before it waits, which is nearly all of them and takes seconds.
fn in_every_order(test: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(test);
}

#[test]
fn a_ring_gives_each_value_to_one_reader_and_in_order() {
    in_every_order(|| {
        let ring = Arc::new(Ring::<2>::new());
        let reader = {
            let ring = ring.clone();
            thread::spawn(move || ring.take(&mut [0.0; 2]).to_vec())
        };
        let writer = {
            let ring = ring.clone();
            // Two places, so that the third value waits for one that was read.
            thread::spawn(move || {
                (1..=3u8).filter(|value| ring.push(f64::from(*value))).map(f64::from).collect::<Vec<_>>()
            })
        };
        let mine = ring.take(&mut [0.0; 2]).to_vec();
        let (theirs, pushed) = (reader.join().unwrap(), writer.join().unwrap());
        let rest = ring.take(&mut [0.0; 2]).to_vec();
        assert!([&mine, &theirs, &rest].into_iter().all(|taken| taken.is_sorted()));
        let mut all = [mine, theirs, rest].concat();
        all.sort_by(f64::total_cmp);
        assert_eq!(all, pushed);
    });
}

#[test]
fn flushes_tell_each_call_once() {
    in_every_order(|| {
        // A lane of one thread's own, one of two threads, and what the last flush knew, which a lock protects.
        let lanes = Arc::new([Count::default(), Count::default()]);
        let flushed = Arc::new(Mutex::new(Count::default()));
        let flush = |lanes: &[Count; 2], flushed: &Mutex<Count>| flushed.lock().unwrap().since(lanes.iter());
        let own = {
            let lanes = lanes.clone();
            thread::spawn(move || {
                lanes[0].add(5);
                lanes[0].add(-3);
            })
        };
        let shared = {
            let (lanes, flushed) = (lanes.clone(), flushed.clone());
            thread::spawn(move || {
                lanes[1].add_shared(10);
                flush(&lanes, &flushed)
            })
        };
        lanes[1].add_shared(100);
        let first = flush(&lanes, &flushed);
        own.join().unwrap();
        let second = shared.join().unwrap();
        let last = flush(&lanes, &flushed);
        assert_eq!(first.0 + second.0 + last.0, 112);
        assert_eq!(first.1 + second.1 + last.1, 4);
        assert_eq!(flush(&lanes, &flushed), (0, 0));
    });
}

#[test]
fn who_takes_a_lane_over_goes_on_with_what_its_last_owner_has_stored() {
    in_every_order(|| {
        let shared = Arc::new((Leases(AtomicU32::new(0)), [Count::default(), Count::default()]));
        let call = |(taken, lanes): &(Leases, [Count; 2])| match taken.take(1) {
            Some(lane) => {
                lanes[lane].add(1);
                taken.give_back(lane);
            }
            None => lanes[1].add_shared(1),
        };
        let others = [(); 2].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || call(&shared))
        });
        call(&shared);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(Count::default().since(shared.1.iter()), (3, 3));
        assert_eq!((shared.0.take(1), shared.0.take(1)), (Some(0), None));
    });
}

#[test]
fn what_is_made_later_is_whole_for_all_and_one_of_those_that_were_made() {
    in_every_order(|| {
        let later = Arc::new(Later::<[usize; 2]>::new());
        let read = |later: &Later<[usize; 2]>| later.get().copied();
        let others = [1, 2].map(|number| {
            let later = later.clone();
            thread::spawn(move || *later.get_or_make(|| [number; 2]))
        });
        let seen = read(&later);
        let [one, other] = others.map(|other| other.join().unwrap());
        assert!(one == other && [[1; 2], [2; 2]].contains(&one));
        assert!(seen.is_none_or(|seen| seen == one));
        assert_eq!(read(&later), Some(one));
    });
}

#[test]
fn the_turn_is_one_threads_at_a_time_and_the_next_one_sees_what_the_last_one_did() {
    in_every_order(|| {
        // Loom fails if two threads are in the cell at once, or one does not see what the other did.
        let turn = Arc::new(Turn::new(loom::cell::UnsafeCell::new([0u32; 2])));
        let both = |cell: &loom::cell::UnsafeCell<[u32; 2]>| {
            // SAFETY: loom checks that nobody else has the pointer meanwhile.
            cell.with_mut(|pair| unsafe {
                assert_eq!((*pair)[0], (*pair)[1]);
                (*pair)[0] += 1;
                (*pair)[1] += 1;
            });
        };
        let other = {
            let turn = turn.clone();
            thread::spawn(move || both(&turn.take()))
        };
        {
            let own = turn.take_own().expect("this thread does not have it");
            both(&own);
            assert!(turn.take_own().is_none(), "this thread has it");
        }
        both(&turn.take_own().expect("this thread does not have it any more"));
        other.join().unwrap();
        let seen = turn.take().with(|pair| {
            // SAFETY: as above.
            unsafe { *pair }
        });
        assert_eq!(seen, [3; 2]);
    });
}
