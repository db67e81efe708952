package main

// ofCalls breaks calls that can leave the process, codecs and errors that travel.
func ofCalls() []mutation {
	return []mutation{
		{
			in: "call.go Register", from: "misuse(\"Register\", \"the name \"+name+\" is taken; pass another\")", to: "_ = taken",
			says: "two functions may be registered under one name",
			by:   "TestMistakesOfRegistration",
		},
		{
			in: "call.go Func.Submit", from: "id.text = rand.Text()", to: "id.text = rand.Text()[:0] + \"call\"",
			says: "all calls have the same id",
			by:   "TestACallHasAnID",
		},
		{
			in: "call.go Func.Submit", from: "guard(func() ([]byte, error) { return f.codec.Encode(in) })", to: "f.codec.Encode(in)",
			says: "a codec that panics ends the caller",
			by:   "TestWhatCannotBeEncoded|TestACallInAGroup",
		},
		{
			in: "call.go Func.decode", from: "s.note(err, origin{ctx: ctx}) {\n\t\t\ts.abort()", to: "s.note(err, origin{ctx: ctx}) {\n\t\t\t_ = s",
			says: "a result that cannot be decoded does not abort its group",
			by:   "TestACallInAGroup",
		},
		{
			in: "call.go Func.decode", from: "err = ErrGoexit // unless guard returns", to: "",
			says: "a group does not hear of a result whose decoding calls Goexit",
			by:   "TestACallInAGroup",
		},
		{
			in: "call.go submitted.cancel", from: "call.Cancel(cause)", to: "s.mapped.cancel(cause)",
			says: "cancelling a submitted future does not cancel the call",
			by:   "TestACallThatIsCancelledBy",
		},
		{
			in: "call.go followCall", from: "s.call.Store(nil)", to: "",
			says: "a submitted future that is done keeps the encoded result",
			by:   "TestASubmittedFutureThatIsDone",
		},
		{
			in: "call.go submitted.fire", from: "defer s.by.Settled()", to: "s.by.Settled()",
			says: "the carrier of a call hears that its futures are done before they are",
			by:   "TestACarriedCallTells",
		},
		{
			in: "carried.go carried.abandon", from: "c.tell()", to: "",
			says: "the carrier of a call that was withdrawn does not hear that its future is done",
			by:   "TestACarriedCallIsWithdrawnBefore",
		},
		{
			in: "carried.go carried.tell", from: "!c.submitted.Load()", to: "true",
			says: "the carrier of a call hears that its futures are done before the submitted one is",
			by:   "TestACarriedCallTells",
		},
		{
			in: "carried.go carried.tell", from: "!c.submitted.Load()", to: "false",
			says: "the carrier of a call does not hear that its future is done",
			by:   "TestACarriedCallTells",
		},
		{
			in: "call.go Call.Serve", from: "ctx = context.WithValue(ctx, callIDKey{}, callID{c.ID, true})", to: "",
			says: "a function does not see the id of its call",
			by:   "TestACallHasAnID",
		},
		{
			in: "call.go Call.Serve", from: "callID{c.ID, true}", to: "callID{c.ID, false}",
			says: "a call that is made by a call has the id of that",
			by:   "TestACallHasAnID|TestTheCallsThatACallMakes",
		},
		{
			in: "call.go Func.serve", from: "return nil, fmt.Errorf(\"future: the result of %s cannot be encoded: %w\", f.name, err)", to: "return nil, nil",
			says: "a result that cannot be encoded is no error",
			by:   "TestWhatCannotBeEncoded",
		},

		// Codecs.
		{
			in: "codec.go GobCodec.Encode", from: "return b.Bytes(), err", to: "_ = err\n\treturn b.Bytes(), nil",
			says: "gob's error is swallowed",
			by:   "TestBothCodecs",
		},
		{
			in: "codec.go JSONCodec.Encode", from: "json.Marshal(addressable(v))", to: "json.Marshal(v)",
			says: "JSON overlooks the methods that only a pointer has",
			by:   "TestCodecsUseTheMethods",
		},
		{
			in: "codec.go addressable", from: "t == nil || ", to: "",
			says: "a nil argument cannot be encoded",
			by:   "TestCodecsUseTheMethods",
		},
		{
			in: "codec.go GobCodec.check", from: "t.Kind() == reflect.Interface", to: "false && t != nil",
			says: "Register takes an interface, of which gob can decode no value",
			by:   "TestRegisterRefusesTypes",
		},
		{
			in: "codec.go jsonKey", from: "return t.Implements(", to: "return !t.Implements(",
			says: "Register mistakes the keys of maps that JSON can carry",
			by:   "TestRegister",
		},
		{
			in: "codec.go typeCheck.check", from: "inPlace{t.Elem(), t.inMap}", to: "inPlace{Type: t.Elem()}",
			says: "Register accepts an array in a map that the codec cannot carry",
			by:   "TestRegisterRefusesTypes",
		},
		{
			in: "codec.go typeCheck.check", from: "c.seen[t] = true", to: "",
			says: "Register does not come to an end with a type that contains itself",
			by:   "TestRegisterTakes|TestBothCodecs",
		},
		{
			in: "codec.go typeCheck.check", from: "case reflect.Chan, reflect.Func, reflect.UnsafePointer:", to: "case reflect.Func, reflect.UnsafePointer:",
			says: "Register takes a channel",
			by:   "TestRegisterRefuses",
		},
		{
			in: "codec.go typeCheck.checkFields", from: "visible == 0 && ", to: "false && ",
			says: "Register takes a struct of which nothing would be carried",
			by:   "TestRegisterRefuses",
		},
		{
			in: "codec.go typeCheck.encodesItself", from: "encoder.Implements(c.own[i]) && p.Implements(c.own[i+1])", to: "encoder.Implements(c.own[i])",
			says: "Register takes a type that can be encoded and not decoded",
			by:   "TestRegisterRefusesATypeThatCan",
		},

		// Errors that travel.
		{
			in: "remote.go RemoteError.compare", from: "defer func() { _ = recover() }()", to: "",
			says: "an error that is a nil pointer cannot be sent",
			by:   "TestAnErrorThatCannotSayWhatItIs",
		},
		{
			in: "remote.go RemoteError.compare", from: "e.Codes = append(e.Codes, codePanic)", to: "",
			says: "a panic that has travelled is an ordinary error",
			by:   "TestAPanicFromAfar",
		},
		{
			in: "remote.go RemoteError.compare", from: "errors.Is(err, c.err)", to: "err == c.err",
			says: "a wrapped error loses its identity on the way",
			by:   "TestRegisteredErrors",
		},
		{
			in: "remote.go RemoteError.Unwrap", from: "slices.Contains(e.Codes, c.code)", to: "len(e.Codes) == 1 && slices.Contains(e.Codes, c.code)",
			says: "an error that matches several arrives as none of them",
			by:   "TestRegisteredErrors|TestErrorsOfTheStandardLibrary",
		},
		{
			in: "remote.go RegisterError", from: "code == codePanic || ", to: "",
			says: "an error may be registered as a panic",
			by:   "TestMistakesOfRegistration",
		},
		{
			in: "remote.go", from: "{\"future.ErrRejected\", ErrRejected},", to: "",
			says: "ErrRejected does not travel",
			by:   "TestErrorsOfThisPackage",
		},
	}
}
