package dev.selvedge.internal;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.LocalVariableInfo;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.SerializedLambda;
import org.jspecify.annotations.Nullable;

/// Finds out how a captured value is called in the source: the body of a lambda is a method whose
/// first parameters are what it captured, with the names that the class file keeps for debuggers.
final class Captures {
  private Captures() {}

  /// {@return the captured value in words, such as `the captured variable 'socket'`}
  static String describe(SerializedLambda lambda, int index) {
    boolean instance =
        lambda.getImplMethodKind() != MethodHandleInfo.REF_invokeStatic
            && lambda.getImplMethodKind() != MethodHandleInfo.REF_newInvokeSpecial;
    if (instance && index == 0) {
      return lambda.getImplMethodName().startsWith("lambda$")
          ? "'this', which the lambda captures since it uses a field or a method of its object,"
          : "the object of the method reference '::" + lambda.getImplMethodName() + "'";
    }
    String name = name(lambda, instance ? index - 1 : index, instance);
    return name == null
        ? "captured value " + (index + 1) + " of the lambda"
        : "the captured variable '" + name + "'";
  }

  private static @Nullable String name(SerializedLambda lambda, int parameter, boolean instance) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    String file = lambda.getImplClass() + ".class";
    try (InputStream in =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(file)
            : loader.getResourceAsStream(file)) {
      if (in == null) {
        return null;
      }
      for (MethodModel method : ClassFile.of().parse(in.readAllBytes()).methods()) {
        if (method.methodName().equalsString(lambda.getImplMethodName())
            && method.methodType().equalsString(lambda.getImplMethodSignature())) {
          return name(method, slot(method.methodTypeSymbol(), parameter, instance));
        }
      }
      return null;
    } catch (IOException | RuntimeException e) {
      return null; // a message without the name is better than no message
    }
  }

  private static int slot(MethodTypeDesc type, int parameter, boolean instance) {
    int slot = instance ? 1 : 0;
    for (int i = 0; i < parameter; i++) {
      String descriptor = type.parameterType(i).descriptorString();
      slot += descriptor.equals("J") || descriptor.equals("D") ? 2 : 1;
    }
    return slot;
  }

  private static @Nullable String name(MethodModel method, int slot) {
    return method
        .code()
        .flatMap(code -> code.findAttribute(Attributes.localVariableTable()))
        .flatMap(
            table ->
                table.localVariables().stream()
                    .filter(variable -> variable.slot() == slot && variable.startPc() == 0)
                    .findFirst())
        .map(LocalVariableInfo::name)
        .map(Object::toString)
        .orElse(null);
  }
}
