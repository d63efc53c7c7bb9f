/* The two loops of `chatsvc.protocols.sending`, compiled; optional.
 *
 * The contract: `collect` and `send` do what the functions of the same names in sending.py
 * do, which are the reference; tests/protocols/test_sending.py holds both against it. What
 * differs is how: the system calls of up to PORTION outboxes are made in one go, without
 * the GIL, which is so released once for all of them and not once for each.
 *
 * Memory: while the GIL is released, this module owns a reference to every outbox and bytes
 * object it uses, and reads nothing of a Python object but the bytes themselves, which
 * cannot change. A descriptor is asked of its socket object right before, so that of a
 * closed socket is -1 and never one that the system has given to somebody else since; no
 * Python code of the reactor's thread, the only one that closes sockets, runs in between.
 *
 * Only the limited API of CPython 3.11 is used: one binary is good for all later versions.
 */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* Python ignores SIGPIPE anyway. */
#endif

/* How many sends are made before other threads get their chance to run. */
#define PORTION 256

static PyObject *str_outbox, *str_is_paused, *str_parts, *str_send, *str_socket, *str_fileno,
    *str_join, *empty_bytes;

/* What one outbox is to send. `outbox` and `data` are references of our own. */
typedef struct {
    PyObject *outbox, *data;
    const char *bytes;
    Py_ssize_t size, sent;
    int descriptor;
} Job;

/* Return `thing.name` as 1 or 0, or -1 with an exception. */
static int
is_true(PyObject *thing, PyObject *name)
{
    PyObject *value = PyObject_GetAttr(thing, name);
    if (value == NULL)
        return -1;
    int result = PyObject_IsTrue(value);
    Py_DECREF(value);
    return result;
}

/* The functions below return -1 with an exception where nothing else is said. */

static int
send_to_paused(PyObject *outbox, PyObject *data)
{
    PyObject *none = PyObject_CallMethodObjArgs(outbox, str_send, data, NULL);
    Py_XDECREF(none);
    return none == NULL ? -1 : 0;
}

static int
append_part(PyObject *outbox, PyObject *data, PyObject *outboxes)
{
    PyObject *parts = PyObject_GetAttr(outbox, str_parts);
    if (parts == NULL)
        return -1;
    Py_ssize_t count = PyList_Size(parts);
    int failed = count < 0 || (count == 0 && PyList_Append(outboxes, outbox) < 0) ||
                 PyList_Append(parts, data) < 0;
    Py_DECREF(parts);
    return failed ? -1 : 0;
}

static int
collect_for(PyObject *connection, PyObject *data, PyObject *outboxes)
{
    PyObject *outbox = PyObject_GetAttr(connection, str_outbox);
    if (outbox == NULL)
        return -1;
    int result = is_true(outbox, str_is_paused);
    if (result == 0)
        result = append_part(outbox, data, outboxes);
    else if (result > 0)
        result = send_to_paused(outbox, data);
    Py_DECREF(outbox);
    return result;
}

static PyObject *
collect(PyObject *module, PyObject *args)
{
    PyObject *connections, *data, *outboxes, *connection;
    if (!PyArg_ParseTuple(args, "OSO!:collect", &connections, &data, &PyList_Type, &outboxes))
        return NULL;
    PyObject *iterator = PyObject_GetIter(connections);
    if (iterator == NULL)
        return NULL;
    while ((connection = PyIter_Next(iterator)) != NULL) {
        int result = collect_for(connection, data, outboxes);
        Py_DECREF(connection);
        if (result < 0)
            break;
    }
    Py_DECREF(iterator);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* Return a new reference to all of `parts` in one, and empty the list. NULL: an exception. */
static PyObject *
take(PyObject *parts, Py_ssize_t count)
{
    PyObject *data;
    if (count == 1)
        data = Py_XNewRef(PyList_GetItem(parts, 0));
    else
        data = PyObject_CallMethodObjArgs(empty_bytes, str_join, parts, NULL);
    if (data != NULL && PyList_SetSlice(parts, 0, count, NULL) < 0)
        Py_CLEAR(data);
    return data;
}

/* Return the descriptor of `outbox.socket`; -1 for None or a closed one, -2: an exception. */
static int
descriptor_of(PyObject *outbox)
{
    PyObject *socket = PyObject_GetAttr(outbox, str_socket);
    if (socket == NULL)
        return -2;
    long descriptor = -1;
    if (!Py_IsNone(socket)) {
        PyObject *number = PyObject_CallMethodObjArgs(socket, str_fileno, NULL);
        descriptor = number == NULL ? -2 : PyLong_AsLong(number);
        Py_XDECREF(number);
        if (PyErr_Occurred())
            descriptor = -2;
    }
    Py_DECREF(socket);
    return (int)descriptor;
}

static int
add_left(PyObject *left, PyObject *outbox, PyObject *data, Py_ssize_t sent)
{
    PyObject *row = Py_BuildValue("OOn", outbox, data, sent);
    int result = row == NULL ? -1 : PyList_Append(left, row);
    Py_XDECREF(row);
    return result;
}

/* Make a job of what `outbox` holds and return 1; 0 if there is none for us to do. */
static int
gather(PyObject *outbox, Job *job, PyObject *left)
{
    int paused = is_true(outbox, str_is_paused);
    if (paused != 0)
        return paused < 0 ? -1 : 0;
    PyObject *parts = PyObject_GetAttr(outbox, str_parts);
    if (parts == NULL)
        return -1;
    Py_ssize_t count = PyList_Size(parts);
    PyObject *data = count > 0 ? take(parts, count) : NULL;
    Py_DECREF(parts);
    if (data == NULL)
        return count == 0 ? 0 : -1;

    int descriptor = descriptor_of(outbox);
    if (descriptor >= 0 && PyBytes_Check(data)) {
        *job = (Job){.outbox = Py_NewRef(outbox), .data = data, .bytes = PyBytes_AsString(data),
                     .size = PyBytes_Size(data), .descriptor = descriptor};
        return 1;
    }
    int result = descriptor == -2 ? -1 : add_left(left, outbox, data, 0);
    Py_DECREF(data);
    return result;
}

/* Send what the outboxes from `start` up to `end` hold; add to `left` what is not taken. */
static int
send_portion(PyObject *outboxes, Py_ssize_t start, Py_ssize_t end, PyObject *left)
{
    Job jobs[PORTION];
    int count = 0, result = 0;
    for (Py_ssize_t at = start; at < end && result >= 0; at++) {
        PyObject *outbox = Py_XNewRef(PyList_GetItem(outboxes, at));
        result = outbox == NULL ? -1 : gather(outbox, &jobs[count], left);
        Py_XDECREF(outbox);
        if (result > 0)
            count++;
    }

    /* What was gathered is sent even if there was an exception: its outbox is empty now. */
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (count > 0) {
        Py_BEGIN_ALLOW_THREADS
        for (Job *job = jobs; job < jobs + count; job++)
            job->sent = send(job->descriptor, job->bytes, (size_t)job->size,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
        Py_END_ALLOW_THREADS
    }
    PyErr_Restore(type, value, traceback);

    for (Job *job = jobs; job < jobs + count; job++) {
        Py_ssize_t sent = job->sent < 0 ? 0 : job->sent;
        if (result >= 0 && sent != job->size)
            result = add_left(left, job->outbox, job->data, sent);
        Py_DECREF(job->outbox);
        Py_DECREF(job->data);
    }
    return result < 0 ? -1 : 0;
}

static PyObject *
send_all(PyObject *module, PyObject *outboxes)
{
    if (!PyList_Check(outboxes))
        return PyErr_Format(PyExc_TypeError, "send: a list of outboxes is needed");
    PyObject *left = PyList_New(0);
    Py_ssize_t count = PyList_Size(outboxes);
    for (Py_ssize_t start = 0; left != NULL && start < count; start += PORTION) {
        Py_ssize_t end = count - start < PORTION ? count : start + PORTION;
        if (send_portion(outboxes, start, end, left) < 0)
            Py_CLEAR(left);
    }
    return left;
}

static PyMethodDef methods[] = {
    {"collect", collect, METH_VARARGS, "collect(connections, data, outboxes); see sending.py."},
    {"send", send_all, METH_O, "send(outboxes); see sending.py."},
    {NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_sending", "The loops of chatsvc.protocols.sending, compiled.", -1,
    methods,
};

PyMODINIT_FUNC
PyInit__sending(void)
{
    int complete = (str_outbox = PyUnicode_InternFromString("outbox")) != NULL &&
                   (str_is_paused = PyUnicode_InternFromString("is_paused")) != NULL &&
                   (str_parts = PyUnicode_InternFromString("parts")) != NULL &&
                   (str_send = PyUnicode_InternFromString("send")) != NULL &&
                   (str_socket = PyUnicode_InternFromString("socket")) != NULL &&
                   (str_fileno = PyUnicode_InternFromString("fileno")) != NULL &&
                   (str_join = PyUnicode_InternFromString("join")) != NULL &&
                   (empty_bytes = PyBytes_FromStringAndSize(NULL, 0)) != NULL;
    return complete ? PyModule_Create(&definition) : NULL;
}
