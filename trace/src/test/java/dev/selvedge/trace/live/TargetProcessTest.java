package dev.selvedge.trace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TargetProcessTest {
  private static final long NOBODY = 999_999_999; // beyond what any system gives to a process

  private static TargetProcess of(long pid, String user, String me) {
    return new TargetProcess(pid, true, Optional.of(user), me, null, List.of());
  }

  private static String refusal(TargetProcess process) {
    return String.valueOf(
        assertThrows(CannotAttachException.class, process::checkAttachable).getMessage());
  }

  @Test
  void namesTheUserWhoMayAttach() {
    assertEquals(
        "process 999999999 belongs to the user postgres, not to ada; run this as that user, for"
            + " instance with 'sudo -u postgres'",
        refusal(of(NOBODY, "postgres", "ada")));
  }

  @Test
  void rootMayAttachToAll() throws Exception {
    of(NOBODY, "postgres", "root").checkAttachable();
  }

  @Test
  void doesNotAttachToItself() {
    assertEquals(
        "process %d is this command itself; 'selvedge ps' lists the JVMs of this user"
            .formatted(ProcessHandle.current().pid()),
        refusal(TargetProcess.of(ProcessHandle.current().pid())));
  }

  @Test
  void saysThatAProcessHasEndedMeanwhile() {
    var process = of(NOBODY, "ada", "ada");
    assertEquals(
        "process 999999999 has ended meanwhile",
        process.refusal(new IOException("Connection refused")).getMessage());
  }

  @Test
  void explainsWhatTheJdkSays() {
    var process = of(ProcessHandle.current().pid(), "ada", "ada"); // one that is alive
    assertEquals(
        "process %1$d does not answer; if it was stopped, let it go on with 'kill -CONT %1$d'"
            .formatted(process.pid()),
        process
            .refusal(
                new IOException(
                    "Unable to open socket file /tmp/.java_pid1: target process 1 doesn't respond"
                        + " within 10500ms or HotSpot VM not loaded"))
            .getMessage());
    assertEquals(
        "process %d is not a JVM, or has only just started; 'selvedge ps' lists the JVMs of this user"
            .formatted(process.pid()),
        process
            .refusal(
                new IOException(
                    "pid: 1 cmd: '/sbin/init' state is not ready to participate in attach"
                        + " handshake!"))
            .getMessage());
    assertEquals(
        "process %d was started with -XX:+DisableAttachMechanism; start it without that flag"
            .formatted(process.pid()),
        process
            .refusal(new IOException("The VM does not support the attach mechanism"))
            .getMessage());
    assertEquals(
        "process %d cannot be looked into: odd\\u000a; try again".formatted(process.pid()),
        process.refusal(new IOException("odd\n")).getMessage());
  }
}
