package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class PhilosophersTest {
  private final Example philosophers = Example.named("Philosophers");

  @Test
  void theDeadlockIsFoundWithItsCircle() throws Exception {
    var result = philosophers.run();
    assertEquals(1, result.exitCode(), result.err());
    String out = result.out();
    assertTrue(out.contains("wait for each other in a circle"), out);
    for (int seat = 1; seat <= 5; seat++) {
      int neighbour = seat % 5 + 1;
      assertTrue(
          out.matches(
              "(?s).*philosopher "
                  + seat
                  + "' waits for Mutex#\\d, held by 'body/group/philosopher "
                  + neighbour
                  + "'\\n      at Philosophers.eat\\(Philosophers.java:\\d+\\).*"),
          out);
    }
    assertTrue(out.strip().matches("(?s).*Replay it with Explorer.replay\\(\\d+, body\\)"), out);
  }

  @Test
  void theFixedOnesEatUnderTenThousandSchedules() throws Exception {
    var result = philosophers.run("--fixed");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertEquals("10,000 schedules: everybody has eaten\n", result.out());
  }

  @Test
  void theRealDeadlockIsSeenFromOutside() throws Exception {
    var starving = philosophers.start("--deadlock");
    try (var said = starving.inputReader()) {
      var pid = Long.toString(starving.pid());
      assertEquals("process " + pid + " is about to hang; Ctrl-C ends it", said.readLine());
      String out;
      do { // it takes them a moment to get their forks
        var doctor = Example.selvedge("doctor", pid);
        assertEquals(0, doctor.exitCode(), doctor.err());
        out = doctor.out();
      } while (!out.contains("\nDEADLOCK: "));
      for (int seat = 1; seat <= 5; seat++) {
        assertTrue(
            out.matches(
                "(?s).*task 'table/philosopher "
                    + seat
                    + "'\\R {6}waits for dev.selvedge.sync.Mutex@\\p{XDigit}+\\R {10}at"
                    + " Philosophers\\.[^\\n]*\\R {6}held by virtual thread #\\d+, task"
                    + " 'table/philosopher "
                    + (seat % 5 + 1)
                    + "'.*"),
            out);
      }
    } finally {
      starving.destroyForcibly();
    }
  }

  @Test
  void refusesWhatItDoesNotKnow() throws Exception {
    var result = philosophers.run("--seats", "1");
    assertEquals("Philosophers: --seats needs a number from 2 on\n", result.err());
    assertEquals(2, result.exitCode());
  }
}
