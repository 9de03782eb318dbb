package dev.selvedge.internal;

import dev.selvedge.spi.PreparedCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.LineNumberInfo;
import java.lang.invoke.SerializedLambda;
import org.jspecify.annotations.Nullable;

/// Finds where in the source the code of a task is, after it has failed: forking costs nothing for
/// it.
///
/// A [dev.selvedge.Call] is serializable, so a lambda tells which method its body became, and that
/// method's line numbers are in the class file. Each lambda is looked up once.
public final class Place {
  private static final ClassValue<String> ANONYMOUS =
      new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> type) {
          return type.getName().replaceFirst("\\$\\$Lambda.*", "")
              + (type.isHidden() ? " (lambda)" : "");
        }
      };

  private static final ClassValue<Cell> LAMBDAS =
      new ClassValue<>() {
        @Override
        protected Cell computeValue(Class<?> type) {
          return new Cell();
        }
      };

  /// What is known of a lambda's class, which can only be found through one of its objects.
  private static final class Cell {
    volatile @Nullable String place;
  }

  private Place() {}

  /// {@return a place such as `Crawl.java:31`, or the class of the work}
  public static String of(@Nullable Object work) {
    Object code = code(work);
    if (code == null) {
      return "";
    }
    if (!(code instanceof Serializable) || !code.getClass().isHidden()) {
      return ANONYMOUS.get(code.getClass());
    }
    Cell cell = LAMBDAS.get(code.getClass());
    String place = cell.place;
    if (place == null) {
      place = find(code);
      cell.place = place;
    }
    return place;
  }

  /// {@return the user's code, without what was wrapped around it}
  private static @Nullable Object code(@Nullable Object work) {
    return switch (work) {
      case TaskImpl.Executed executed -> executed.runnable();
      case PoolTasks.ActionCall action -> action.action();
      case PoolTasks.RunnableCall<?> runnable -> runnable.runnable();
      case Mapping.Application<?, ?> application -> code(application.fn());
      case PreparedCall<?> prepared -> code(prepared.original());
      case Wrapping wrapping -> code(wrapping.wrapped());
      case null, default -> work;
    };
  }

  private static String find(Object lambda) {
    try {
      SerializedLambda form = new Form().of(lambda);
      if (form != null) {
        String line = line(lambda.getClass().getClassLoader(), form);
        return line != null
            ? line
            : form.getImplClass().replace('/', '.') + "." + form.getImplMethodName();
      }
    } catch (IOException | RuntimeException e) {
      // what cannot be read is described by its class
    }
    return ANONYMOUS.get(lambda.getClass());
  }

  private static @Nullable String line(@Nullable ClassLoader loader, SerializedLambda form)
      throws IOException {
    String file = form.getImplClass() + ".class";
    try (InputStream in =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(file)
            : loader.getResourceAsStream(file)) {
      if (in == null) {
        return null;
      }
      ClassModel model = ClassFile.of().parse(in.readAllBytes());
      String source =
          model
              .findAttribute(Attributes.sourceFile())
              .map(a -> a.sourceFile().stringValue())
              .orElse(null);
      for (MethodModel method : model.methods()) {
        if (source != null
            && method.methodName().equalsString(form.getImplMethodName())
            && method.methodType().equalsString(form.getImplMethodSignature())) {
          return method
              .code()
              .flatMap(code -> code.findAttribute(Attributes.lineNumberTable()))
              .flatMap(table -> table.lineNumbers().stream().findFirst())
              .map(LineNumberInfo::lineNumber)
              .map(line -> source + ":" + line)
              .orElse(null);
        }
      }
      return null;
    }
  }

  /// Serialization, stopped as soon as the lambda has said what it is, so that nothing it captured
  /// is written.
  private static final class Form extends ObjectOutputStream {
    private @Nullable SerializedLambda form;

    Form() throws IOException {
      super(OutputStream.nullOutputStream());
      enableReplaceObject(true);
    }

    @Nullable SerializedLambda of(Object lambda) throws IOException {
      writeObject(lambda);
      return form;
    }

    @Override
    protected @Nullable Object replaceObject(Object object) {
      if (object instanceof SerializedLambda found) {
        form = found;
      }
      return null;
    }
  }
}
