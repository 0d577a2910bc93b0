//! Dead letters: listed, found by key, and replayed.

use std::{cmp::Reverse, time::Duration};

use super::{
    QueueUnderTest,
    worker::{key, keys, lease},
};
use crate::{
    backend::queue::AfterError,
    conformance::Outcome,
    domain::{
        job::{DeadJob, JobKey},
        time::Span,
    },
};

/// Kills the job with this number, a second after the one before.
async fn kill(test: &QueueUnderTest, number: u32) -> Outcome {
    test.clock.advance(Duration::from_secs(1));
    test.put([number]).await?;
    test.claim(lease(1)).await?;
    let error = format!("error {number}");
    let (key, by) = (key(number), lease(1));
    test.queue.fail(&key, by, &error, AfterError::Die).await?;
    Ok(())
}

fn dead_keys(dead: &[DeadJob]) -> Vec<JobKey> {
    dead.iter().map(|dead| dead.key.clone()).collect()
}

/// Dead jobs are listed newest first, page by page, without other jobs.
pub async fn dead_jobs_come_newest_first(test: &QueueUnderTest) -> Outcome {
    for number in 1..=5 {
        kill(test, number).await?;
    }
    test.put([6]).await?;
    let mut dead: Vec<DeadJob> = Vec::new();
    for more in [true, true, false] {
        let after = dead.last().map(DeadJob::place);
        let page = test.queue.dead(after, 2).await?;
        assert_eq!(page.more, more);
        dead.extend(page.items);
    }
    assert_eq!(dead_keys(&dead), [5, 4, 3, 2, 1].map(key));
    assert_eq!(dead[0].last_error.as_deref(), Some("error 5"));
    let last = dead.last().map(DeadJob::place);
    assert!(test.queue.dead(last, 2).await?.items.is_empty());
    Ok(())
}

/// Pages of jobs that died at one moment omit none and repeat none.
pub async fn jobs_dead_at_one_moment_come_page_by_page(test: &QueueUnderTest) -> Outcome {
    test.put(0..7).await?;
    test.claim(lease(1)).await?;
    for number in 0..7 {
        let die = AfterError::Die;
        test.queue.fail(&key(number), lease(1), "no", die).await?;
    }
    let mut expected = test.queue.dead(None, 9).await?.items;
    assert_eq!(expected.len(), 7);
    expected.sort_by_key(|dead| Reverse(dead.place()));
    for limit in 1..=4 {
        let mut dead: Vec<DeadJob> = Vec::new();
        loop {
            let after = dead.last().map(DeadJob::place);
            let page = test.queue.dead(after, limit).await?;
            assert!(page.items.len() <= limit as usize);
            dead.extend(page.items);
            if !page.more {
                break;
            }
        }
        assert_eq!(dead, expected, "pages of {limit}");
    }
    Ok(())
}

/// The dead jobs among the given keys are returned, each once.
pub async fn deaths_are_found_by_key(test: &QueueUnderTest) -> Outcome {
    kill(test, 1).await?;
    kill(test, 2).await?;
    test.put([3]).await?;
    let requested = [key(2), key(3), key(4), key(2)];
    assert_eq!(dead_keys(&test.queue.deaths(&requested).await?), [key(2)]);
    assert!(test.queue.deaths(&[]).await?.is_empty());
    let all = test.queue.dead(None, 9).await?;
    assert_eq!(test.queue.deaths(&[key(2)]).await?, all.items[..1]);
    Ok(())
}

/// A replayed job is ready with its counts reset, can die again, and can be replayed again.
pub async fn a_dead_job_can_be_replayed_repeatedly(test: &QueueUnderTest) -> Outcome {
    let one = key(1);
    test.put([1]).await?;
    test.crash(&one, lease(1)).await?;
    for _ in 0..2 {
        assert_eq!(test.claim(lease(2)).await?.len(), 1);
        test.queue
            .fail(&one, lease(2), "no", AfterError::Die)
            .await?;
        assert!(test.queue.replay(&key(1), test.clock.now()).await?);
        assert!(test.queue.deaths(&[key(1)]).await?.is_empty());
    }
    let depth = test.queue.depth().await?;
    assert_eq!((depth.ready, depth.dead), (1, 0));
    let claimed = test.claim(lease(3)).await?;
    assert_eq!(keys(&claimed), [key(1)]);
    assert_eq!((claimed[0].errors, claimed[0].crashes), (0, 0));
    assert_eq!(claimed[0].job, Some(test.job(1).job));
    Ok(())
}

/// Only a dead job is replayed.
pub async fn only_dead_jobs_are_replayed(test: &QueueUnderTest) -> Outcome {
    test.put([1, 2]).await?;
    let now = test.clock.now();
    assert!(!test.queue.replay(&key(1), now).await?);
    test.claim(lease(1)).await?;
    assert!(!test.queue.replay(&key(1), now).await?);
    test.queue.finish(&key(2), lease(1)).await?;
    assert!(!test.queue.replay(&key(2), now).await?);
    assert!(!test.queue.replay(&key(3), now).await?);
    let depth = test.queue.depth().await?;
    assert_eq!((depth.ready, depth.leased, depth.done), (0, 1, 1));
    Ok(())
}

/// Dead jobs of any age are kept until they are replayed.
pub async fn clean_up_keeps_dead_jobs(test: &QueueUnderTest) -> Outcome {
    kill(test, 1).await?;
    let late = test.clock.now() + Span::days(900);
    assert_eq!(test.queue.clean(late).await?, 0);
    assert_eq!(dead_keys(&test.queue.dead(None, 9).await?.items), [key(1)]);
    assert!(test.queue.replay(&key(1), test.clock.now()).await?);
    assert_eq!(test.claim(lease(2)).await?.len(), 1);
    Ok(())
}
