package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProgressTest {
  private final ManualKernel kernel = new ManualKernel();

  @Test
  void rateAndTimeLeftFollowTheClock() {
    try (Progress progress = new Progress(10, "files", kernel, null)) {
      assertEquals(Optional.empty(), progress.snapshot().remaining());
      progress.step();
      progress.step(3);
      kernel.advance(Duration.ofSeconds(2));
      Progress.Snapshot snapshot = progress.snapshot();
      assertEquals(4, snapshot.done());
      assertEquals(2.0, snapshot.perSecond(), 1e-6);
      assertEquals(Duration.ofSeconds(3), snapshot.remaining().orElseThrow());
    }
  }

  @Test
  void stepsOfManyTasksAreAllCounted() throws Exception {
    try (Progress progress = Progress.of(10_000, "steps");
        Pool pool = Pool.threads(4)) {
      for (int i = 0; i < 10; i++) {
        pool.submit(
            () -> {
              for (int n = 0; n < 1_000; n++) {
                progress.step();
              }
            });
      }
      pool.shutdown();
      assertTrue(pool.awaitTermination(20, TimeUnit.SECONDS));
      assertEquals(10_000, progress.snapshot().done());
      assertEquals(Duration.ZERO, progress.snapshot().remaining().orElseThrow());
      assertEquals("Progress 10000 of 10000 steps", progress.toString());
    }
  }

  @Test
  void theTotalMayGrowWhileTheWorkIsDone() {
    try (Progress progress = new Progress(1, "pages", kernel, null)) {
      progress.step();
      progress.expect(3);
      kernel.advance(Duration.ofSeconds(2));
      assertEquals(4, progress.snapshot().total());
      assertEquals(Duration.ofSeconds(6), progress.snapshot().remaining().orElseThrow());
    }
  }

  @Test
  void noneCountsNothing() {
    Progress none = Progress.none();
    none.expect(5);
    assertEquals(0, none.snapshot().total());
    none.step(5);
    none.close();
    assertSame(none, Progress.none());
    assertEquals(0, none.snapshot().done());
  }

  @Test
  void stepsBackwardsAndNegativeTotalsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Progress.of(-1, "files"));
    assertThrows(IllegalArgumentException.class, () -> Progress.none().step(-1));
    assertThrows(IllegalArgumentException.class, () -> Progress.none().expect(-1));
  }
}
