package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.TaskLocals;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What coroutines see of the values that are bound where they were made.
@Timeout(30)
class ContextOnTheLoopTest {
  private static final ScopedValue<String> USER = ScopedValue.newInstance();
  private static final ScopedValue<List<String>> SHARED = ScopedValue.newInstance();

  @SuppressWarnings("ThreadLocalUsage") // static, and it is what is tested
  private static final ThreadLocal<String> TRACE = ThreadLocal.withInitial(() -> "none");

  static {
    TaskLocals.register(USER);
    TaskLocals.register(SHARED);
    TaskLocals.register(TRACE);
  }

  @Test
  @Tag("CTX-01")
  void aTaskBeginsWithItsMakersValuesAndNeitherSeesWhatTheOtherChangesLater() throws Exception {
    EventLoop.run(
        () -> {
          TRACE.set("maker");
          TaskGroup.run(
              group -> {
                List<Task<String>> children = new ArrayList<>();
                for (String name : List.of("left", "right")) {
                  children.add(
                      ScopedValue.where(USER, "of " + name)
                          .call(
                              () ->
                                  group.fork(
                                      () -> {
                                        String before = TRACE.get();
                                        TRACE.set(name);
                                        EventLoop.yieldNow(); // the sibling sets its own
                                        return before + ", " + TRACE.get() + ", " + USER.get();
                                      })));
                }
                TRACE.set("maker, later");
                assertEquals("maker, left, of left", children.get(0).await());
                assertEquals("maker, right, of right", children.get(1).await());
              });
          assertEquals("maker, later", TRACE.get());
          assertFalse(USER.isBound());
          TRACE.remove();
        });
  }

  @Test
  @Tag("CTX-02")
  void tasksThatInheritTheSameObjectShareWhatIsInIt() throws Exception {
    List<String> shared = new ArrayList<>();
    EventLoop.run(
        () ->
            ScopedValue.where(SHARED, shared)
                .call(
                    () ->
                        TaskGroup.call(
                            group -> {
                              group.fork(() -> SHARED.get().add("from one")).await();
                              return group.fork(() -> SHARED.get().add("to the other")).await();
                            })));
    assertEquals(List.of("from one", "to the other"), shared);
  }

  @Test
  @Tag("CTX-03")
  void anUnboundValueFailsOrIsReplacedByADefault() throws Exception {
    EventLoop.run(
        () -> {
          assertThrows(NoSuchElementException.class, USER::get);
          assertEquals("nobody", USER.orElse("nobody"));
          assertEquals("none", TRACE.get());
          TRACE.remove();
        });
  }

  @Test
  @Tag("CTX-04")
  @Tag("CTX-05")
  void aBindingIsSeenInsideAndEndsWithItsScopeAlsoWhenThatThrows() throws Exception {
    EventLoop.run(
        () -> {
          var ada = ScopedValue.where(USER, "ada");
          ada.call(
              () -> {
                var failure = new IOException("inside");
                assertThrows(
                    IOException.class,
                    () ->
                        ScopedValue.where(USER, "bob")
                            .call(
                                () -> {
                                  assertEquals("bob", USER.get());
                                  EventLoop.yieldNow();
                                  assertEquals("bob", USER.get());
                                  throw failure;
                                }));
                assertEquals("ada", USER.get());
                return ada.call(USER::get); // it can be used inside itself, and nothing changes
              });
          assertFalse(USER.isBound());
        });
  }
}
