package dev.selvedge.loop.io;

import dev.selvedge.loop.EventLoop;
import dev.selvedge.loop.internal.Poller;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/// Runs each test as the main task of an event loop. The virtual threads that it starts, and the
/// handlers of its servers, are coroutines of that loop, too.
final class OnALoop implements InvocationInterceptor {
  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> test,
      ReflectiveInvocationContext<Method> invocation,
      ExtensionContext context)
      throws Throwable {
    EventLoop.run(
        () -> {
          Poller.current(); // its descriptors are there before the test counts
          try {
            test.proceed();
          } catch (Exception | Error e) {
            throw e;
          } catch (Throwable e) {
            throw new AssertionError(e);
          }
        });
  }
}
