package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class SemaphoresTest {
  private final Example semaphores = Example.named("Semaphores");

  @Test
  void everySolutionHolds() throws Exception {
    var result = semaphores.run("--seeds", "300");
    assertEquals(
        """
        rendezvous          300 schedules: the rule holds
        barrier             300 schedules: the rule holds
        buffer              300 schedules: the rule holds
        readers-writers     300 schedules: the rule holds
        barber              300 schedules: the rule holds
        smokers             300 schedules: the rule holds
        water               300 schedules: the rule holds
        """,
        result.out());
    assertEquals(0, result.exitCode(), result.err());
  }

  @Test
  void everyMistakeIsFoundWithinTwentySchedules() throws Exception {
    var result = semaphores.run("--broken", "--seeds", "20");
    assertEquals(1, result.exitCode(), result.err());
    for (String found :
        List.of(
            "rendezvous: .* deadlock: .*\\n    'body/group/ann' waits for Event",
            "barrier: .* one has passed [23] times, another came [12]",
            "buffer: .* deadlock: .* waits for Mutex#1, held by 'body/group/(consumer|producer) ",
            "readers-writers: .* a writer starves",
            "barber: .* deadlock: .*\\n      at Semaphores\\$Barber.cutHair",
            "smokers: .* deadlock: .*\\n      at Semaphores\\$Smokers.smoke",
            "water: .* [HO]{3} is not water")) {
      String name = found.substring(0, found.indexOf(':'));
      String block = "(?:(?!\\n\\n).)*"; // up to the empty line before the next puzzle
      assertTrue(
          Pattern.compile(
                  "(?s)^"
                      + found.replace(".*", block)
                      + block
                      + "\\n  See the schedule with --broken --only "
                      + name
                      + " --replay \\d+\\n\\n",
                  Pattern.MULTILINE)
              .matcher(result.out())
              .find(),
          () -> name + " in " + result.out());
    }
  }

  @Test
  void aMistakeIsReplayedWithItsSchedule() throws Exception {
    var found = semaphores.run("--broken", "--only", "water");
    var seed = Pattern.compile("--replay (\\d+)").matcher(found.out());
    assertTrue(seed.find(), found.out());
    var replayed = semaphores.run("--broken", "--only", "water", "--replay", seed.group(1));
    assertTrue(replayed.out().contains("   step        time   1  2  3"), replayed.out());
    assertTrue(replayed.out().contains(" is not water"), replayed.out());
    assertEquals(1, replayed.exitCode(), replayed.err());
  }

  @Test
  void refusesWhatItDoesNotKnow() throws Exception {
    var result = semaphores.run("--only", "chess");
    assertEquals(
        "Semaphores: --only needs one of rendezvous, barrier, buffer, readers-writers, barber,"
            + " smokers, water\n",
        result.err());
    assertEquals(2, result.exitCode());
  }
}
