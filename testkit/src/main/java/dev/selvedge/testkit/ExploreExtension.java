package dev.selvedge.testkit;

import dev.selvedge.Pool;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;
import org.opentest4j.TestAbortedException;

/// What makes [Explore] work: calls the test method under each schedule.
final class ExploreExtension implements InvocationInterceptor, ParameterResolver {

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
    Class<?> type = parameter.getParameter().getType();
    return (type == Pool.class || type == Faults.class)
        && AnnotationSupport.isAnnotated(parameter.getDeclaringExecutable(), Explore.class);
  }

  /// There is one for each schedule, which takes the place of this.
  @Override
  public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
    return null;
  }

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> once,
      ReflectiveInvocationContext<Method> call,
      ExtensionContext test)
      throws Throwable {
    once.skip();
    Method method = call.getExecutable();
    Explore explore = AnnotationSupport.findAnnotation(method, Explore.class).orElseThrow();
    Explorer.Body body =
        pool ->
            ReflectionSupport.invokeMethod(
                method, call.getTarget().orElse(null), arguments(call, pool));
    try {
      if (explore.replay().length == 0) {
        run(explore, explore.from(), explore.seeds(), body);
      }
      for (long seed : explore.replay()) {
        run(explore, seed, 1, body);
      }
    } catch (AssertionError e) {
      throw e.getCause() instanceof TestAbortedException aborted ? aborted : e;
    }
  }

  private static void run(Explore explore, long from, int count, Explorer.Body body)
      throws InterruptedException {
    Explorer explorer = Explorer.seeds(count).from(from).strict(explore.strict());
    (explore.checked() ? explorer.checked() : explorer)
        .run(
            body,
            seed -> "@Explore(replay = " + seed + (explore.strict() ? ")" : ", strict = false)"));
  }

  private static Object[] arguments(ReflectiveInvocationContext<Method> call, Pool pool) {
    Object[] arguments = call.getArguments().toArray();
    Class<?>[] types = call.getExecutable().getParameterTypes();
    for (int i = 0; i < types.length; i++) {
      if (types[i] == Pool.class) {
        arguments[i] = pool;
      } else if (types[i] == Faults.class) {
        arguments[i] = Faults.of(pool);
      }
    }
    return arguments;
  }
}
