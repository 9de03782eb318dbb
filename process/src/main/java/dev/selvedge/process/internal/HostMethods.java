package dev.selvedge.process.internal;

import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The methods of an interface by the names that calls give them, such as `add(J)J`.
///
/// Names and not numbers, for the two processes may have different versions of the interface.
final class HostMethods {
  private static final ClassValue<HostMethods> ALL =
      new ClassValue<>() {
        @Override
        protected HostMethods computeValue(Class<?> type) {
          return new HostMethods(type);
        }
      };

  private final Map<String, Method> methods = new HashMap<>();
  private final Map<Method, String> names = new HashMap<>();

  private HostMethods(Class<?> type) {
    for (Method method : type.getMethods()) {
      if (!Modifier.isStatic(method.getModifiers())) {
        String name = describe(method);
        method.trySetAccessible(); // the interface need not be public
        methods.putIfAbsent(name, method);
        names.put(method, name);
      }
    }
  }

  static HostMethods of(Class<?> type) {
    return ALL.get(type);
  }

  private static String describe(Method method) {
    return method.getName()
        + MethodType.methodType(method.getReturnType(), method.getParameterTypes())
            .toMethodDescriptorString();
  }

  /// {@return the name of a method}
  String name(Method method) {
    String name = names.get(method);
    return name == null ? describe(method) : name;
  }

  /// {@return the method of a name, or null}
  @Nullable Method method(String name) {
    return methods.get(name);
  }
}
