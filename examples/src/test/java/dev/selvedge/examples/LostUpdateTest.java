package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class LostUpdateTest {
  private final Example lostUpdate = Example.named("LostUpdate");

  @Test
  void aLostUpdateIsFoundAndReplayed() throws Exception {
    var found = lostUpdate.run();
    assertEquals(1, found.exitCode(), found.err());
    var seed = Pattern.compile("replay\\((\\d+), body\\)").matcher(found.out());
    assertTrue(seed.find(), found.out());
    assertTrue(found.out().contains("two have added, and the counter is 1"), found.out());
    assertEquals(found, lostUpdate.run("--replay", seed.group(1)));
  }

  @Test
  void underALockNothingIsLost() throws Exception {
    var result = lostUpdate.run("--fixed");
    assertEquals("1,000 schedules: nothing was lost\n", result.out());
    assertEquals(0, result.exitCode(), result.err());
  }

  @Test
  void refusesWhatItDoesNotKnow() throws Exception {
    var result = lostUpdate.run("--seeds", "many");
    assertEquals("LostUpdate: --seeds needs a number; see --help\n", result.err());
    assertEquals(2, result.exitCode());
  }
}
