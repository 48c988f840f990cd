import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.instance.FormInstance;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.xform.parse.XFormParser;
import org.javarosa.xform.util.XFormUtils;

/** A form as JavaRosa has parsed it, which submissions are opened with, one after the other. */
final class OpenForm {
    private final String xform;
    private final File folder;
    private FormDef definition;
    private FormInstance blank;

    OpenForm(String xform, File folder) throws Exception {
        this.xform = xform;
        this.folder = folder;
        parse();
    }

    /** Parses the text again: the hash sets inside get another order. */
    void parse() throws Exception {
        ReferenceManager.instance().reset();
        ReferenceManager.instance().addReferenceFactory(new FolderReferences(folder));
        definition = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(xform.getBytes(StandardCharsets.UTF_8)));
        definition.addFunctionHandler(new PullData(folder));
        blank = definition.getMainInstance().clone();
    }

    FormDef definition() {
        return definition;
    }

    /**
     * Reads a submission into the form as Collect does it when a saved one is opened for editing. False if its root has
     * another name; throws what JavaRosa throws.
     */
    boolean open(String xml) throws Exception {
        definition.setInstance(blank.clone());
        TreeElement saved = XFormParser.restoreDataModel(xml.getBytes(StandardCharsets.UTF_8), null).getRoot();
        TreeElement root = definition.getMainInstance().getRoot().deepCopy(true);
        if (!saved.getName().equals(root.getName()) || saved.getMult() != 0) {
            return false;
        }
        root.populate(saved, definition);
        definition.getMainInstance().setName(null);
        definition.getMainInstance().setRoot(root);
        if (definition.getLocalizer() != null) {
            definition.localeChanged(definition.getLocalizer().getLocale(), definition.getLocalizer());
        }
        definition.initialize(false, new InstanceInitializationFactory());
        return true;
    }

    /** The XML of a new submission, as saved without an answer. */
    String blank() throws Exception {
        definition.setInstance(blank.clone());
        definition.initialize(true, new InstanceInitializationFactory());
        return saved();
    }

    /** The XML that a phone would send of what is open: relevant nodes only. */
    String saved() throws Exception {
        return new String(
            new XFormSerializingVisitor().serializeInstance(definition.getMainInstance()), StandardCharsets.UTF_8);
    }
}
